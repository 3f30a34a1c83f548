#include "quarantine/salvage.h"

#include "base/sha256.h"
#include "quarantine/chunks.h"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace quarantine {
namespace {

using base::failure;
using base::Result;
using database::Found;
using database::integer_in;
using database::Salvage;
using database::text_in;

namespace fs = std::filesystem;

constexpr std::int64_t any_row = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t year_10000 = 253'402'300'800'000;  // to_rfc3339 has four digits

struct Facts {
    SalvagedMail mail;  // what the mail's own row says
    std::int64_t message = 0;
};

struct Written {
    SalvagedBytes bytes = SalvagedBytes::missing;
    std::string file;
};

std::optional<base::Time> time_of(std::int64_t milliseconds) {
    if (milliseconds <= 0 || milliseconds >= year_10000) return std::nullopt;
    return base::Time(std::chrono::milliseconds(milliseconds));
}

class MailSalvage {
  public:
    using EachMail = std::function<Result<void>(const SalvagedMail&)>;

    MailSalvage(Salvage& store, const fs::path& directory, const EachMail& each)
        : store_(store), directory_(directory), each_(each) {}

    Result<std::vector<std::string>> run() {
        if (auto done = holds(); !done) return failure(std::move(done.error()));
        if (auto done = outgoing(); !done) return failure(std::move(done.error()));
        if (auto done = mails(); !done) return failure(std::move(done.error()));
        if (auto done = messages(); !done) return failure(std::move(done.error()));
        return std::move(gaps_);
    }

  private:
    Result<void> holds() {
        return scan("hold", "id, mail, owner, state, rule, reason", [&](Salvage::Row row) {
            SalvagedMail mail;
            mail.kind = "hold";
            mail.id = text_in(row[1]);
            mail.owner = text_in(row[3]);
            mail.state = text_in(row[4]);
            mail.rule = text_in(row[5]);
            mail.reason = text_in(row[6]);
            // The row is the time of receipt and a number.
            mail.received_at = time_of(integer_in(row[0]) >> 20);
            return with_facts(std::move(mail), integer_in(row[2]));
        });
    }

    Result<void> outgoing() {
        const std::string_view columns = "mail, recipient, rule, reason, hold";
        return scan("outbox", columns, [&](Salvage::Row row) -> Result<void> {
            // What stands for a hold is there as the hold, or as its mail when that is lost.
            if (integer_in(row[5]) != 0) return {};
            SalvagedMail mail;
            mail.kind = "outgoing";
            mail.owner = text_in(row[2]);
            mail.rule = text_in(row[3]);
            mail.reason = text_in(row[4]);
            return with_facts(std::move(mail), integer_in(row[1]));
        });
    }

    Result<void> mails() {
        return scan("mail", mail_columns, [&](Salvage::Row row) -> Result<void> {
            if (seen_.contains(integer_in(row[0]))) return {};
            Facts facts = facts_in(row);
            facts.mail.kind = "mail";
            return write(std::move(facts.mail), facts.message);
        });
    }

    Result<void> messages() {
        return scan("message", "sha256, size", [&](Salvage::Row row) -> Result<void> {
            const bool is_let_go = std::holds_alternative<std::monostate>(row[1]);
            if (is_let_go || written_.contains(integer_in(row[0]))) return {};
            SalvagedMail mail;
            mail.kind = "message";
            mail.sha256 = base::to_hex(text_in(row[1]));
            mail.size = integer_in(row[2]);
            return write(std::move(mail), integer_in(row[0]));
        });
    }

    template <class Each>
    Result<void> scan(std::string_view table, std::string_view columns, Each each) {
        auto read = store_.rows_by_number(table, "row", columns, 0, any_row, each);
        if (!read) return failure(std::move(read.error()));
        note(read->gaps);
        return {};
    }

    void note(std::vector<std::string>& gaps) {
        std::move(gaps.begin(), gaps.end(), std::back_inserter(gaps_));
    }

    static Facts facts_in(Salvage::Row row) {
        Facts facts;
        facts.mail.mail_id = text_in(row[1]);
        facts.message = integer_in(row[2]);
        facts.mail.sha256 = base::to_hex(text_in(row[3]));
        facts.mail.size = integer_in(row[4]);
        facts.mail.sender = text_in(row[5]);
        facts.mail.header_from = text_in(row[6]);
        facts.mail.subject = text_in(row[7]);
        facts.mail.received_at = time_of(integer_in(row[8]));
        if (std::holds_alternative<std::monostate>(row[2]))
            facts.mail.bytes = SalvagedBytes::let_go;
        return facts;
    }

    // Adds what the mail's row says to a hold or outgoing copy, and gives it to the caller.
    Result<void> with_facts(SalvagedMail mail, std::int64_t mail_row) {
        seen_.insert(mail_row);
        Facts facts;
        bool is_there = false;
        auto read = store_.rows_by_number(
            "mail",
            "row",
            mail_columns,
            mail_row,
            mail_row,
            [&](Salvage::Row row) -> Result<void> {
                facts = facts_in(row);
                is_there = true;
                return {};
            }
        );
        if (!read) return failure(std::move(read.error()));
        // What is broken there is said once, when all mails are gone through.
        if (!is_there) return each_(mail);
        facts.mail.kind = mail.kind;
        facts.mail.id = std::move(mail.id);
        facts.mail.owner = std::move(mail.owner);
        facts.mail.state = std::move(mail.state);
        facts.mail.rule = std::move(mail.rule);
        facts.mail.reason = std::move(mail.reason);
        return write(std::move(facts.mail), facts.message);
    }

    Result<void> write(SalvagedMail mail, std::int64_t message_row) {
        if (mail.bytes == SalvagedBytes::let_go) return each_(mail);
        auto found = written_.find(message_row);
        if (found == written_.end()) {
            auto written = write_message(message_row, mail);
            if (!written) return failure(std::move(written.error()));
            found = written_.emplace(message_row, std::move(*written)).first;
        }
        mail.bytes = found->second.bytes;
        mail.file = found->second.file;
        // One that is verified under another digest than this mail's is not this mail.
        if (mail.bytes == SalvagedBytes::verified && mail.file != mail.sha256 + ".eml")
            mail.bytes = SalvagedBytes::damaged;
        return each_(mail);
    }

    Result<Written> write_message(std::int64_t message_row, const SalvagedMail& mail) {
        const std::string name = fmt::format("message-{}.damaged.eml", message_row);
        const fs::path path = directory_ / name;
        if (message_row <= 0 || message_row > (any_row >> 20) - 1) return Written();
        std::ofstream file;
        base::Sha256 digest;
        std::vector<char> piece(chunk_bytes);
        const auto write_piece = [&](Salvage::Row row) -> Result<void> {
            const auto packed = text_in(row[1]);
            const std::size_t size =
                ZSTD_decompress(piece.data(), piece.size(), packed.data(), packed.size());
            if (ZSTD_isError(size) != 0) return {};  // The digest will say it.
            if (!file.is_open()) file.open(path, std::ios::binary);
            digest.update({piece.data(), size});
            file.write(piece.data(), static_cast<std::streamsize>(size));
            return file ? Result<void>() : cannot_write(path);
        };
        // All that can stand there, whatever is noted as their number.
        auto read = store_.rows_by_number(
            "message_chunk",
            "row",
            "bytes",
            chunk_row(message_row, 0),
            chunk_row(message_row + 1, 0) - 1,
            write_piece
        );
        if (!read) return failure(std::move(read.error()));
        note(read->gaps);
        const std::string sha256 = base::to_hex(digest.finish());
        if (!file.is_open() && mail.size != 0) return Written();
        if (!file.is_open()) file.open(path, std::ios::binary);
        file.close();
        if (!file) return cannot_write(path);
        if (sha256 != mail.sha256) return Written{SalvagedBytes::damaged, name};
        std::error_code error;
        fs::rename(path, directory_ / (sha256 + ".eml"), error);
        if (error)
            return failure(base::ErrorKind::trouble, "{}: {}", path.string(), error.message());
        return Written{SalvagedBytes::verified, sha256 + ".eml"};
    }

    static base::Failure cannot_write(const fs::path& path) {
        return failure(
            errno == ENOSPC || errno == EDQUOT ? base::ErrorKind::disk_full
                                               : base::ErrorKind::trouble,
            "cannot write {}: {}",
            path.string(),
            std::generic_category().message(errno)
        );
    }

    static constexpr std::string_view mail_columns =
        "mail_id, message, sha256, size, sender, header_from_address, subject, received_at";

    Salvage& store_;
    const fs::path& directory_;
    const EachMail& each_;
    std::vector<std::string> gaps_;
    std::unordered_set<std::int64_t> seen_;              // rows of mail
    std::unordered_map<std::int64_t, Written> written_;  // by row of message
};

}  // namespace

std::string_view name_of(SalvagedBytes bytes) {
    switch (bytes) {
        case SalvagedBytes::verified:
            return "verified";
        case SalvagedBytes::damaged:
            return "damaged";
        case SalvagedBytes::missing:
            return "missing";
        case SalvagedBytes::let_go:
            return "let go";
    }
    return "missing";
}

base::Result<std::vector<std::string>> salvage_mails(
    database::Salvage& store,
    const fs::path& directory,
    const std::function<base::Result<void>(const SalvagedMail&)>& each
) {
    return MailSalvage(store, directory, each).run();
}

}  // namespace quarantine
