#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "database/salvage.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quarantine {

// What became of a mail's bytes. let_go: the store had let them go on purpose (an expired hold).
enum class SalvagedBytes { verified, damaged, missing, let_go };
std::string_view name_of(SalvagedBytes bytes);

// A hold, a copy on its way out, or a mail or message whose holds could not be read. What could not
// be read is empty.
struct SalvagedMail {
    std::string_view kind;  // "hold", "outgoing", "mail", "message"
    std::string id;         // of the hold; "" for the other kinds
    std::string mail_id;
    std::string owner;  // of the hold, or the recipient of a copy on its way out
    std::string sender;
    std::string header_from;
    std::string subject;
    std::string state;
    std::string rule;
    std::string reason;
    std::optional<base::Time> received_at;
    std::int64_t size = 0;  // as it is noted
    std::string sha256;     // hex, as it is noted
    SalvagedBytes bytes = SalvagedBytes::missing;
    std::string file;  // in the directory; "" when nothing was written
};

// Reads every hold, outgoing copy, mail and message that can be read, in this order, each mail's
// bytes into one file of `directory`: SHA256.eml when they have that digest,
// message-ROW.damaged.eml when they have not. Gives the sentences about what could not be read.
// Errors: disk_full, trouble (writing), and those of `each`.
base::Result<std::vector<std::string>> salvage_mails(
    database::Salvage& store,
    const std::filesystem::path& directory,
    const std::function<base::Result<void>(const SalvagedMail&)>& each
);

}  // namespace quarantine
