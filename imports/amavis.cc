#include "imports/amavis.h"

#include "base/ascii.h"
#include "imports/message_text.h"
#include "imports/quarantine_files.h"
#include "imports/sql_dump.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

constexpr std::size_t amavis_rows_max = 10'000'000;

// What amavisd-release takes off before it sends a mail on.
const std::vector<std::string_view> amavis_fields = {
    "Return-Path",
    "Delivered-To",
    "X-Envelope-From",
    "X-Envelope-To",
    "X-Envelope-To-Blocked",
    "X-Quarantine-ID",
    "X-Amavis-Hold",
    "X-Amavis-Alert",
    "X-Amavis-Modified",
    "X-Amavis-PenPals",
    "X-Amavis-PolicyBank",
    "X-Amavis-OS-Fingerprint",
    "X-Spam-*",
    "X-CRM114-*",
};

// The first of that name; none when there is none.
const std::string* top_value(const std::vector<TopField>& fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const TopField& field) {
        return base::equals_ignoring_case(field.name, name);
    });
    return found == fields.end() ? nullptr : &found->value;
}

// What the fields on top say of the mail; the error is why it cannot be taken over.
Result<FoundMail> found_in(const std::vector<TopField>& fields) {
    const auto* id = top_value(fields, "X-Quarantine-ID");
    const auto* sender = top_value(fields, "X-Envelope-From");
    if (sender == nullptr) sender = top_value(fields, "Return-Path");
    const auto* recipients = top_value(fields, "X-Envelope-To-Blocked");
    if (recipients == nullptr) recipients = top_value(fields, "X-Envelope-To");
    if (sender == nullptr || recipients == nullptr)
        return failure(ErrorKind::invalid, "it has no X-Envelope fields of amavis on top");
    FoundMail found;
    const auto senders = address_list(*sender);
    if (senders.size() > 1) return failure(ErrorKind::invalid, "it has more than one sender");
    if (!senders.empty()) found.sender = senders.front();
    found.recipients = address_list(*recipients);
    if (found.recipients.empty())
        return failure(ErrorKind::invalid, "amavis has kept it from nobody");
    found.key = fmt::format("amavis {}", id == nullptr ? "" : *id);
    if (const auto* status = top_value(fields, "X-Spam-Status")) found.reason = *status;
    if (const auto* alert = top_value(fields, "X-Amavis-Alert")) {
        found.reason = *alert;
        // A bad header section alone is mostly harmless, as its author says.
        if (alert->starts_with("INFECTED") || alert->starts_with("BANNED"))
            found.kind = mail::HoldKind::administrator;
    }
    if (found.reason.empty()) found.reason = "quarantined";
    return found;
}

Result<void> give_amavis_file(
    const std::filesystem::path& folder,
    const QuarantineFile& file,
    const ReadLimits& limits,
    Finds& finds
) {
    const auto leave_out = [&](const base::Error& error) -> Result<void> {
        if (error.kind == ErrorKind::trouble || error.kind == ErrorKind::disk_full)
            return failure(error);
        finds.left_out(file.relative.string(), error.text);
        return {};
    };
    auto text = read_quarantine_file(folder, file, limits.message_bytes_max);
    if (!text) {
        finds.left_out(file.relative.string(), text.error().text);
        return {};
    }
    if (text->starts_with("From "))
        return leave_out({ErrorKind::invalid, "a mailbox file, not one mail"});
    const auto [fields, rest] = fields_on_top(*text, amavis_fields);
    auto found = found_in(fields);
    if (!found) return leave_out(found.error());
    auto bytes =
        message_of(std::string_view(*text).substr(rest), limits.message_bytes_max, limits.spool);
    if (!bytes) return leave_out(bytes.error());
    found->received_at = file.changed_at;
    return finds.mail(*found, *bytes);
}

struct WantedSender {
    std::int64_t recipient = 0;
    std::int64_t sender = 0;
    std::string verdict;
};

struct AmavisTables {
    std::map<std::int64_t, std::string> users;
    std::map<std::int64_t, std::string> senders;
    std::vector<WantedSender> lists;
    std::size_t rows = 0;
};

// Their PostgreSQL tables have addresses as bytea, which a dump writes "\\x616263".
std::string amavis_address(std::string_view text) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0) return std::string(text);
    std::string address;
    for (std::size_t i = 2; i < text.size(); i += 2) {
        unsigned byte = 0;
        const auto* at = text.data() + i;
        if (std::from_chars(at, at + 2, byte, 16).ptr != at + 2) return std::string(text);
        address += static_cast<char>(byte);
    }
    return address;
}

Result<void> keep_row(std::string_view table, const DumpRow& row, AmavisTables& tables) {
    if (++tables.rows > amavis_rows_max)
        return failure(ErrorKind::limit, "more than {} rows", amavis_rows_max);
    if (table == "wblist") {
        const auto recipient = row.integer("rid");
        const auto sender = row.integer("sid");
        if (recipient && sender)
            tables.lists.push_back({*recipient, *sender, std::string(row.text("wb"))});
        return {};
    }
    const auto id = row.integer("id");
    if (id)
        (table == "users" ? tables.users : tables.senders)[*id] = amavis_address(row.text("email"));
    return {};
}

}  // namespace

Result<void> read_amavis_folder(
    const std::filesystem::path& folder, const ReadLimits& limits, Finds& finds
) {
    if (!finds.wants_mails()) return {};
    return each_file(folder, [&](const QuarantineFile& file) {
        return give_amavis_file(folder, file, limits, finds);
    });
}

Result<void> read_amavis_lists(const std::filesystem::path& dump, Finds& finds) {
    if (!finds.wants_senders()) return {};
    AmavisTables tables;
    auto read = read_dump(
        dump,
        {"users", "mailaddr", "wblist"},
        [&](std::string_view table, const DumpRow& row) { return keep_row(table, row, tables); }
    );
    if (!read) return read;
    for (const auto& entry : tables.lists) {
        const auto user = tables.users.find(entry.recipient);
        const auto sender = tables.senders.find(entry.sender);
        if (user == tables.users.end() || sender == tables.senders.end()) {
            finds.left_out(
                fmt::format("wblist ({}, {})", entry.recipient, entry.sender),
                "no such user or sender is in the dump"
            );
            continue;
        }
        const auto verdict = base::trim(entry.verdict);
        if (verdict.empty()) continue;  // neutral
        FoundSender found;
        found.owner = user->second;
        found.entry = sender->second;
        // "@.b.test" there is the domain and what is below it: "@b.test" here.
        if (found.entry.starts_with("@.")) found.entry.erase(1, 1);
        const char kind = verdict.size() == 1 ? verdict.front() : ' ';
        if (kind == 'W' || kind == 'Y') {
            found.list = policy::SenderList::permitted;
        } else if (kind != 'B' && kind != 'N') {
            finds.left_out(
                fmt::format("{} for {}", found.entry, found.owner),
                "a score, not a block or a permit"
            );
            continue;
        }
        if (auto given = finds.sender(found); !given) return given;
    }
    return {};
}

}  // namespace imports
