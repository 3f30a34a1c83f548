#include "imports/mailcow.h"

#include "imports/message_text.h"
#include "imports/sql_dump.h"

#include <cstdio>
#include <ctime>
#include <optional>

namespace imports {

using base::failure;
using base::Result;

namespace {

constexpr std::string_view mailcow_null_sender = "empty-env-from@localhost";

// "2026-11-21 20:03:47", local time of this machine (the environment's TZ): MySQL's DATETIME has no
// zone.
std::optional<base::Time> mailcow_time(std::string_view text) {
    std::tm broken{};
    const std::string ended(text.substr(0, 19));
    const int read = std::sscanf(
        ended.c_str(),
        "%4d-%2d-%2d %2d:%2d:%2d",
        &broken.tm_year,
        &broken.tm_mon,
        &broken.tm_mday,
        &broken.tm_hour,
        &broken.tm_min,
        &broken.tm_sec
    );
    if (read != 6 || broken.tm_year < 1990 || broken.tm_year > 9999) return std::nullopt;
    broken.tm_year -= 1900;
    broken.tm_mon -= 1;
    broken.tm_isdst = -1;
    const std::time_t seconds = std::mktime(&broken);
    if (seconds == -1) return std::nullopt;
    return base::Time(std::chrono::seconds(seconds));
}

Result<void> give_mail(const DumpRow& row, const ReadLimits& limits, Finds& finds) {
    const auto what = fmt::format("quarantine row {}", row.text("id"));
    const auto received_at = mailcow_time(row.text("created"));
    if (row.is_null("msg") || row.is_null("rcpt") || !received_at) {
        finds.left_out(what, "it has no message, no recipient or no date");
        return {};
    }
    auto bytes = message_of(row.text("msg"), limits.message_bytes_max, limits.spool);
    if (!bytes) {
        if (bytes.error().kind == base::ErrorKind::trouble ||
            bytes.error().kind == base::ErrorKind::disk_full)
            return failure(bytes.error());
        finds.left_out(what, bytes.error().text);
        return {};
    }
    FoundMail found;
    found.key = fmt::format("mailcow {} {}", row.text("id"), row.text("qid"));
    found.sender = row.text("sender");
    if (found.sender == mailcow_null_sender) found.sender.clear();
    found.recipients.emplace_back(row.text("rcpt"));
    found.received_at = *received_at;
    found.reason = fmt::format("{}, score {}", row.text("action"), row.text("score"));
    found.client = row.text("ip");
    return finds.mail(found, *bytes);
}

Result<void> give_sender(const DumpRow& row, Finds& finds) {
    const auto option = row.text("option");
    FoundSender found;
    if (option == "blacklist_from")
        found.list = policy::SenderList::blocked;
    else if (option == "whitelist_from")
        found.list = policy::SenderList::permitted;
    else
        return {};  // scores and other settings
    found.owner = row.text("object");
    found.entry = row.text("value");
    return finds.sender(found);
}

}  // namespace

Result<void> read_mailcow(
    const std::filesystem::path& dump, const ReadLimits& limits, Finds& finds
) {
    return read_dump(
        dump,
        {"quarantine", "filterconf"},
        [&](std::string_view table, const DumpRow& row) -> Result<void> {
            if (table == "filterconf")
                return finds.wants_senders() ? give_sender(row, finds) : Result<void>();
            return finds.wants_mails() ? give_mail(row, limits, finds) : Result<void>();
        }
    );
}

}  // namespace imports
