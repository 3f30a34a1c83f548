#include "quarantine/lookup.h"

#include "quarantine/hold_rows.h"
#include "quarantine/rows.h"

#include <array>

namespace quarantine {

using base::failure;
using base::Result;
using database::Value;

namespace {

constexpr std::int64_t mails_of_a_page = 20'000;

Result<std::vector<std::string>> texts(
    database::Snapshot& snapshot, std::string_view sql, std::span<const Value> values
) {
    std::vector<std::string> found;
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        found.emplace_back(rows.text(0));
        return {};
    };
    auto read = for_each_row(snapshot, sql, values, keep);
    if (!read) return failure(std::move(read.error()));
    return found;
}

}  // namespace

Result<std::vector<std::string>> mail_ids_by_id(database::Snapshot& snapshot, std::string_view id) {
    const std::array<Value, 1> values = {id};
    return texts(
        snapshot,
        "SELECT mail_id FROM mail WHERE mail_id = ?1 UNION "
        "SELECT m.mail_id FROM hold h JOIN mail m ON m.row = h.mail WHERE h.id = ?1",
        values
    );
}

Result<std::vector<std::string>> mail_ids_of_owner(
    database::Snapshot& snapshot, std::string_view owner, base::Time since, int limit
) {
    const std::array<Value, 3> values = {owner, to_column(since), std::int64_t{limit}};
    return texts(
        snapshot,
        "SELECT m.mail_id FROM hold h JOIN mail m ON m.row = h.mail "
        "WHERE h.owner = ? AND m.received_at >= ? ORDER BY h.row DESC LIMIT ?",
        values
    );
}

Result<MailPage> mails_matching(
    database::Snapshot& snapshot,
    std::string_view sender,
    std::string_view message_id,
    std::int64_t after
) {
    MailPage page;
    std::int64_t seen = 0;
    const std::array<Value, 4> values = {sender, message_id, after, mails_of_a_page};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        ++seen;
        page.next = rows.integer(0);
        page.last = to_time(rows.integer(1));
        if (rows.integer(3) != 0) page.mail_ids.emplace_back(rows.text(2));
        return {};
    };
    auto read = for_each_row(
        snapshot,
        "SELECT row, received_at, mail_id, (?1 <> '' AND sender = ?1 COLLATE NOCASE) OR "
        "(?2 <> '' AND trim(message_id, ' <>') = ?2) FROM mail WHERE row > ?3 ORDER BY row LIMIT "
        "?4",
        values,
        keep
    );
    if (!read) return failure(std::move(read.error()));
    if (seen < mails_of_a_page) page.next = 0;
    return page;
}

Result<std::vector<Hold>> holds_of_mail(database::Snapshot& snapshot, std::string_view mail_id) {
    std::vector<Hold> holds;
    const std::string sql = fmt::format(
        "SELECT {}, h.trace, m.client, m.helo, m.message_id FROM hold h JOIN mail m ON m.row = "
        "h.mail WHERE m.mail_id = ? ORDER BY h.row",
        hold_columns
    );
    const std::array<Value, 1> values = {mail_id};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        auto hold = read_hold(rows);
        if (!hold) return failure(std::move(hold.error()));
        hold->trace = rows.text(hold_column_count);
        hold->client = rows.text(hold_column_count + 1);
        hold->helo = rows.text(hold_column_count + 2);
        hold->message_id = rows.text(hold_column_count + 3);
        holds.push_back(std::move(*hold));
        return {};
    };
    auto read = for_each_row(snapshot, sql, values, keep);
    if (!read) return failure(std::move(read.error()));
    return holds;
}

Result<std::vector<WaitingMail>> waiting_of_mail(
    database::Snapshot& snapshot, std::string_view mail_id
) {
    std::vector<WaitingMail> waiting;
    const std::array<Value, 1> values = {mail_id};
    const auto keep = [&](const database::Rows& rows) -> Result<void> {
        WaitingMail mail;
        mail.recipient = rows.text(0);
        mail.hold_id = rows.text(1);
        mail.attempts = static_cast<int>(rows.integer(2));
        mail.due = to_time(rows.integer(3));
        mail.is_being_sent = rows.integer(4) != 0;
        waiting.push_back(std::move(mail));
        return {};
    };
    auto read = for_each_row(
        snapshot,
        "SELECT o.recipient, coalesce(h.id, ''), o.attempts, o.due, o.is_being_sent "
        "FROM mail m JOIN outbox o ON o.mail = m.row LEFT JOIN hold h ON h.row = o.hold "
        "WHERE m.mail_id = ? ORDER BY o.row",
        values,
        keep
    );
    if (!read) return failure(std::move(read.error()));
    return waiting;
}

Result<std::optional<Rejected>> rejected_of(
    database::Snapshot& snapshot, std::string_view recipient, std::string_view mail_id
) {
    return first_row(
        snapshot,
        "SELECT at, recipient, sender, header_from, subject, rule, reason, client, mail_id "
        "FROM rejected WHERE recipient = ? AND mail_id = ? ORDER BY row DESC",
        {recipient, mail_id},
        [](const database::Rows& rows) {
            Rejected rejected;
            rejected.at = to_time(rows.integer(0));
            rejected.recipient = rows.text(1);
            rejected.sender = rows.text(2);
            rejected.header_from = rows.text(3);
            rejected.subject = rows.text(4);
            rejected.rule = rows.text(5);
            rejected.reason = rows.text(6);
            rejected.client = rows.text(7);
            rejected.mail_id = rows.text(8);
            return rejected;
        }
    );
}

}  // namespace quarantine
