#include "imports/importer.h"

#include "accounts/audit.h"
#include "accounts/sender_lists.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "quarantine/hold_store.h"
#include "quarantine/message.h"

#include <algorithm>

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;
using database::Snapshot;
using database::Transaction;

namespace {

constexpr std::size_t left_out_lines_max = 1000;
constexpr std::size_t searched_text_max = 64 * 1024;
constexpr std::size_t reason_bytes_max = 500;

std::vector<mail::Domain> names_of(const std::vector<conf::ProtectedDomain>& domains) {
    std::vector<mail::Domain> names;
    names.reserve(domains.size());
    for (const auto& domain : domains) names.push_back(domain.name);
    return names;
}

// An id that is the same whenever it is made of the same text.
class IdOf final : public base::Random {
  public:
    explicit IdOf(std::string_view text) : digest_(base::sha256(text)) {}
    void fill(std::span<std::uint8_t> bytes) override {
        std::copy_n(digest_.begin(), std::min(bytes.size(), digest_.size()), bytes.begin());
    }

  private:
    base::Digest digest_;
};

std::string id_of_text(std::string_view text) {
    IdOf source(text);
    return base::random_id(source);
}

bool is_eight_bit(const mail::MessageBytes& bytes, Result<void>& read) {
    auto reader = bytes.reader();
    std::vector<char> piece(64 * 1024);
    for (;;) {
        auto got = reader.read(piece);
        if (!got) {
            read = failure(got.error());
            return false;
        }
        if (*got == 0) return false;
        const auto end = piece.begin() + static_cast<std::ptrdiff_t>(*got);
        if (std::any_of(piece.begin(), end, [](char c) {
                return static_cast<unsigned char>(c) >= 0x80;
            }))
            return true;
    }
}

// The same facts that the gateway keeps of a mail it holds.
Result<quarantine::ReceivedMail> received_of(
    const FoundMail& found, const mail::Sender& sender, const mail::MessageBytes& bytes
) {
    quarantine::ReceivedMail mail;
    mail.bytes = &bytes;
    mail.sender = sender;
    Result<void> read;
    mail.body = is_eight_bit(bytes, read) ? mail::Body::eight_bit_mime : mail::Body::seven_bit;
    if (!read) return failure(read.error());
    if (const auto client = mail::IpAddress::parse(found.client)) mail.client = *client;
    mail.helo = found.helo;
    mail.received_at = found.received_at;
    auto header = mail::Header::read(bytes);
    if (!header) return failure(header.error());
    if (const auto from = header->from(); !from.empty()) {
        mail.header_from_name = from.front().display_name;
        if (from.front().address) mail.header_from_address = from.front().address->key();
    }
    mail.to = header->to();
    mail.subject = header->subject();
    mail.message_id = base::to_valid_utf8(header->message_id());
    // A structure that cannot be read only means that there is no text to search.
    if (const auto mime = mail::read_mime(bytes)) {
        mail.text = base::utf8_prefix(mime->text, searched_text_max);
        mail.attachments = static_cast<int>(mime->attachments.size());
    }
    return mail;
}

}  // namespace

Importer::Importer(
    const conf::Settings& settings, database::Store* store, ImportPlan plan, base::Time now
)
    : settings_(settings),
      store_(store),
      plan_(std::move(plan)),
      now_(now),
      own_domains_(names_of(settings.domains)) {}

void Importer::left_out(std::string_view what, std::string_view why) {
    ++report_.left_out;
    if (report_.left_out_lines.size() < left_out_lines_max)
        report_.left_out_lines.push_back(
            fmt::format("{}: {}", base::utf8_prefix(what, reason_bytes_max), why)
        );
}

Result<bool> Importer::is_there(const std::string& hold_id) {
    if (store_ == nullptr) return false;
    quarantine::Reach everything;
    everything.everything = true;
    auto hold = store_->read_and_wait([&](Snapshot& snapshot) {
        return quarantine::find(snapshot, everything, hold_id);
    });
    if (hold) return true;
    if (hold.error().kind == ErrorKind::not_found) return false;
    return failure(hold.error());
}

Result<void> Importer::mail(const FoundMail& found, const mail::MessageBytes& bytes) {
    mail::Sender sender;
    if (!found.sender.empty()) {
        auto address = mail::Address::parse(found.sender);
        if (!address) {
            left_out(found.key, fmt::format("sender {}: {}", found.sender, address.error().text));
            return {};
        }
        sender = std::move(*address);
    }
    const auto digest = base::to_hex(bytes.sha256());
    std::vector<quarantine::NewHold> holds;
    for (const auto& text : found.recipients) {
        auto owner = mail::Address::parse(text);
        if (!owner || settings_.domain_of(owner->domain()) == nullptr) {
            left_out(
                found.key,
                owner ? fmt::format("{} is in none of our domains", owner->text())
                      : fmt::format("recipient {}: {}", text, owner.error().text)
            );
            continue;
        }
        auto id = id_of_text(fmt::format("{}\n{}\n{}", found.key, digest, owner->key()));
        const bool is_twice = std::any_of(holds.begin(), holds.end(), [&](const auto& hold) {
            return hold.id == id;
        });
        if (is_twice) continue;
        const auto there = is_there(id);
        if (!there) return failure(there.error());
        if (*there) {
            ++report_.holds_there;
            continue;
        }
        holds.push_back(
            {.id = std::move(id),
             .recipient = {std::move(*owner), "", ""},
             .kind = found.kind,
             .moderators = {},
             .rule = "imported from " + plan_.product,
             .reason = fmt::format(
                 "{} held it: {}",
                 plan_.product,
                 base::utf8_prefix(base::to_valid_utf8(found.reason), reason_bytes_max)
             ),
             .trace = "[]",
             .added_fields = "",
             .expires_at = now_ + std::chrono::days(settings_.quarantine.retention_days)}
        );
    }
    report_.holds_added += holds.size();
    if (holds.empty() || plan_.dry_run) return {};
    auto received = received_of(found, sender, bytes);
    if (!received) return failure(received.error(), found.key);
    received->mail_id = id_of_text(fmt::format("{}\n{}", found.key, digest));
    auto written = store_->write_and_wait([&](Transaction& transaction) -> Result<void> {
        const auto row = quarantine::store_mail(transaction, *received);
        if (!row) return failure(row.error());
        for (const auto& hold : holds) {
            if (auto added = quarantine::add_hold(transaction, *row, hold, now_); !added)
                return added;
            auto noted = accounts::add_audit(
                transaction,
                {now_, plan_.actor, "hold.imported", hold.id, "from " + plan_.product, "local"}
            );
            if (!noted) return noted;
        }
        return {};
    });
    if (!written) return failure(written.error(), "storing " + found.key);
    return {};
}

Result<void> Importer::sender(const FoundSender& found) {
    const auto what = fmt::format("{} {} for {}", name_of(found.list), found.entry, found.owner);
    if (found.owner.find('@') == std::string::npos || found.owner.starts_with('@')) {
        left_out(what, "a list of a whole domain: write it as a [[rule]] in the configuration");
        return {};
    }
    auto owner = mail::Address::parse(found.owner);
    if (!owner) {
        left_out(what, owner.error().text);
        return {};
    }
    if (settings_.domain_of(owner->domain()) == nullptr) {
        left_out(what, "the owner is in none of our domains");
        return {};
    }
    // "*@b.test" is what others write for "@b.test".
    auto entry = std::string_view(found.entry);
    if (entry.starts_with("*@")) entry.remove_prefix(1);
    const auto pattern = policy::SenderPattern::parse(entry);
    if (!pattern) {
        left_out(what, pattern.error().text);
        return {};
    }
    if (store_ == nullptr) {
        ++report_.senders_added;
        return {};
    }
    // A dry run does it and takes it back: so it meets the same refusals.
    auto outcome = accounts::Added::added;
    auto written = store_->write_and_wait([&](Transaction& transaction) -> Result<void> {
        auto added = accounts::add_entry(
            transaction, owner->key(), found.list, *pattern, plan_.actor, own_domains_, now_
        );
        if (!added) return failure(added.error());
        outcome = *added;
        if (plan_.dry_run) return failure(ErrorKind::conflict, "a dry run");
        if (outcome == accounts::Added::was_there) return {};
        return accounts::add_audit(
            transaction,
            {now_,
             plan_.actor,
             fmt::format("sender.{}", name_of(found.list)),
             pattern->key,
             fmt::format("for {}, from {}", owner->key(), plan_.product),
             "local"}
        );
    });
    const bool taken_back =
        plan_.dry_run && !written && written.error().kind == ErrorKind::conflict;
    if (!written && !taken_back) {
        const auto kind = written.error().kind;
        if (kind != ErrorKind::invalid && kind != ErrorKind::limit)
            return failure(written.error(), what);
        left_out(what, written.error().text);
        return {};
    }
    ++(outcome == accounts::Added::added ? report_.senders_added : report_.senders_there);
    return {};
}

}  // namespace imports
