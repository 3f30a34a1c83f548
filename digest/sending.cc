#include "digest/sending.h"

#include "digest/time_column.h"
#include "digest/token.h"
#include "mail/alternative.h"
#include "mail/message_bytes.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"
#include "quarantine/outbox.h"
#include "quarantine/packed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace digest {

using base::ErrorKind;
using base::failure;
using base::Result;
using quarantine::WaitingHold;

namespace {

constexpr int page = 500;
// One mail, one page, one transaction; what is left comes with the next.
constexpr std::size_t items_max = 20'000;
// How long it is known what was told, after the last of it has expired.
constexpr std::chrono::days kept_longer{30};

bool is_left_out(const conf::Settings& settings, Kind kind, const WaitingHold& hold) {
    const auto& rules = settings.digest.no_notice_for_rules;
    return kind == Kind::notice && std::find(rules.begin(), rules.end(), hold.rule) != rules.end();
}

// The facts of the newest ones, as far as a mail may list them.
Result<std::vector<quarantine::Hold>> facts_of(
    database::Snapshot& snapshot,
    const Recipient& recipient,
    const std::vector<WaitingHold>& newest_first,
    std::uint64_t most
) {
    quarantine::Reach reach;
    reach.owners = recipient.owners;
    std::vector<quarantine::Hold> holds;
    for (const WaitingHold& waiting : newest_first) {
        if (holds.size() >= most) break;
        auto hold = quarantine::find(snapshot, reach, waiting.id);
        if (!hold) return failure(std::move(hold.error()));
        holds.push_back(std::move(*hold));
    }
    return holds;
}

struct Found {
    std::vector<WaitingHold> newest_first;
    std::vector<quarantine::Hold> facts;
};

// Nobody's link outlives what it lists, nor the retention.
base::Time end_of(const Found& found, const conf::Settings& settings, base::Time now) {
    base::Time last = now;
    for (const WaitingHold& hold : found.newest_first) last = std::max(last, hold.expires_at);
    const auto retention = std::chrono::days(settings.quarantine.retention_days);
    return std::min<base::Time>(last, now + retention);
}

struct NewDigest {
    const Recipient& recipient;
    Kind kind;
    const Found& found;
    std::string mail_id;
    std::string token;
    std::string subject;
    const mail::MessageBytes& bytes;
    const quarantine::Packed& packed;
    base::Time links_end;
    base::Time now;
};

Result<void> add_items(
    database::Transaction& transaction,
    std::int64_t digest,
    const std::vector<WaitingHold>& holds,
    Again again
) {
    std::int64_t number = 0;
    for (const WaitingHold& hold : holds) {
        // Unless it was asked for, a second listing is a conflict, and undoes the whole.
        const std::string_view sql =
            again == Again::yes
                ? "INSERT INTO digest_item(digest, number, hold, is_repeat) VALUES(?1, ?2, ?3, "
                  "EXISTS(SELECT 1 FROM digest_item WHERE hold = ?3 AND is_repeat = 0))"
                : "INSERT INTO digest_item(digest, number, hold, is_repeat) VALUES(?1, ?2, ?3, 0)";
        auto added = transaction.execute(sql, {digest, ++number, hold.id});
        if (!added) return failure(added.error(), "noting what a digest lists");
    }
    return {};
}

Result<void> write(database::Transaction& transaction, const NewDigest& made, Again again) {
    const auto hash = hash_of(made.token);
    base::Time last = made.links_end;
    for (const WaitingHold& hold : made.found.newest_first) last = std::max(last, hold.expires_at);
    auto added = transaction.execute(
        "INSERT INTO digest(token_hash, recipient, kind, made_at, expires_at, kept_until) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        {database::Blob{base::as_bytes(hash)},
         made.recipient.address.key(),
         name_of(made.kind),
         to_column(made.now),
         to_column(made.links_end),
         to_column(last + kept_longer)}
    );
    if (!added) return failure(added.error(), "noting a digest");
    auto items =
        add_items(transaction, transaction.last_inserted_id(), made.found.newest_first, again);
    if (!items) return items;

    quarantine::ReceivedMail mail;
    mail.mail_id = made.mail_id;
    mail.bytes = &made.bytes;
    mail.packed = &made.packed;
    mail.received_at = made.now;
    mail.to = made.recipient.address.text();
    mail.subject = made.subject;
    mail.smtputf8 = !made.recipient.address.is_ascii();
    auto row = quarantine::store_mail(transaction, mail);
    if (!row) return failure(row.error(), "storing a digest");
    const quarantine::NewOutgoing outgoing{
        .mail_row = *row,
        .recipient = mail::Recipient{made.recipient.address, {}, {}},
        .hold_id = {},
        .added_fields = {},
        .due = made.now,
        .rule = std::string(name_of(made.kind)),
        .reason = {},
        .if_refused = quarantine::IfRefused::drop,
    };
    auto queued = quarantine::add_outgoing(transaction, outgoing, made.now);
    if (!queued) return failure(queued.error(), "sending a digest");
    return {};
}

mail::AlternativeMail mail_of(
    const conf::Settings& settings,
    const Recipient& recipient,
    LetterText content,
    const std::string& mail_id,
    base::Time now
) {
    auto from = settings.digest.from;
    if (!from) {
        auto usual = mail::Address::parse("postern@" + settings.hostname);
        if (usual) from = std::move(*usual);
    }
    return {
        .from_name = settings.portal.product_name,
        // A hostname is always a domain; should it not be, the mail says whom it is for.
        .from = from.value_or(recipient.address),
        .to = recipient.address,
        .subject = std::move(content.subject),
        .text = std::move(content.text),
        .html = std::move(content.html),
        .language = recipient.language,
        .list_id = "digest." + settings.hostname,
        .id = mail_id,
        .id_domain = settings.hostname,
        .at = now,
    };
}

}  // namespace

Result<std::set<std::string>> told_of(
    database::Snapshot& snapshot, const std::vector<WaitingHold>& holds
) {
    std::string ids = "[";
    for (const WaitingHold& hold : holds) {
        // Ids are ours: letters and digits.
        if (ids.size() > 1) ids += ',';
        ids += '"' + hold.id + '"';
    }
    ids += ']';
    std::set<std::string> told;
    auto rows = snapshot.query(
        "SELECT value FROM json_each(?) CROSS JOIN digest_item ON hold = value AND is_repeat = 0",
        {ids}
    );
    if (!rows) return failure(rows.error(), "looking for what has been told");
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking for what has been told");
        if (!*there) return told;
        told.emplace(rows->text(0));
    }
}

Result<std::vector<WaitingHold>> untold(
    database::Snapshot& snapshot,
    const conf::Settings& settings,
    const Recipient& recipient,
    const Order& order
) {
    std::vector<WaitingHold> result;
    std::int64_t after = 0;
    while (result.size() < items_max) {
        auto waiting = quarantine::waiting_holds_of(
            snapshot, recipient.owners, order.since, order.until, after, page
        );
        if (!waiting) return failure(std::move(waiting.error()));
        if (waiting->empty()) break;
        after = waiting->back().row;
        std::set<std::string> told;
        if (order.again == Again::no) {
            auto found = told_of(snapshot, *waiting);
            if (!found) return failure(std::move(found.error()));
            told = std::move(*found);
        }
        for (WaitingHold& hold : *waiting)
            if (!told.contains(hold.id) && !is_left_out(settings, order.kind, hold))
                result.push_back(std::move(hold));
    }
    return result;
}

Result<std::uint64_t> send(
    database::Store& store,
    const conf::Settings& settings,
    const Recipient& recipient,
    const Order& order,
    base::Random& random,
    base::Time now
) {
    auto found = store.read_and_wait([&](database::Snapshot& snapshot) -> Result<Found> {
        auto waiting = untold(snapshot, settings, recipient, order);
        if (!waiting) return failure(std::move(waiting.error()));
        std::ranges::reverse(*waiting);
        auto facts = facts_of(snapshot, recipient, *waiting, settings.digest.max_listed);
        if (!facts) return failure(std::move(facts.error()));
        return Found{std::move(*waiting), std::move(*facts)};
    });
    if (!found) return failure(std::move(found.error()));
    const std::uint64_t total = found->newest_first.size();
    if (total == 0) return std::uint64_t{0};

    const std::string token = new_token(random);
    const std::string mail_id = base::random_id(random);
    const base::Time links_end = end_of(*found, settings, now);
    const Letter letter{
        recipient,
        std::move(found->facts),
        total,
        fmt::format("{}/digest/{}", settings.portal.public_url, token),
        links_end
    };
    LetterText content = compose(letter, settings);
    const std::string subject = content.subject;
    auto bytes = mail::MessageBytes::of(
        mail::compose(mail_of(settings, recipient, std::move(content), mail_id, now))
    );
    if (auto finished = bytes.finish(); !finished) return failure(std::move(finished.error()));
    mail::SpoolSettings spool;
    spool.directory = settings.data_dir;
    auto packed = quarantine::Packed::pack(bytes, spool);
    if (!packed) return failure(packed.error(), "packing a digest");
    const NewDigest made{
        recipient, order.kind, *found, mail_id, token, subject, bytes, *packed, links_end, now
    };
    auto written = store.write_and_wait([&](database::Transaction& transaction) {
        return write(transaction, made, order.again);
    });
    if (!written) return failure(std::move(written.error()));
    return total;
}

}  // namespace digest
