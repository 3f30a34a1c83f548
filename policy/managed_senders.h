#pragma once

#include "base/result.h"
#include "mail/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace policy {

enum class SenderList { blocked, permitted, auto_permitted, trusted };
std::string_view name_of(SenderList list);  // "blocked", "permitted", "auto_permitted", "trusted"
std::optional<SenderList> sender_list_named(std::string_view name);

// What a person blocks, permits or trusts: an address, or a domain with its subdomains.
struct SenderPattern {
    std::string key;  // address key() or domain text(); also how it is stored and shown
    bool is_address = false;

    // "a@b.test", "b.test", "@b.test" and "*.b.test" (the last two mean the domain). Error: invalid
    // with the reason, also for a public suffix ("com": would match everything) and for an empty
    // entry.
    static base::Result<SenderPattern> parse(std::string_view text);
    // The same for an administrator's rules, who may mean a whole public suffix; also "*@b.test"
    // and address literals.
    static base::Result<SenderPattern> parse_any(std::string_view text);
    bool operator==(const SenderPattern&) const = default;
};

// The keys to look up for an address, most specific first: "u@a.b.test", "a.b.test", "b.test",
// "test". This is all a store has to answer: which of these keys stand in the person's lists.
std::vector<std::string> candidate_keys(const mail::Address& address);

struct ManagedEntry {
    SenderList list = SenderList::blocked;
    SenderPattern pattern;
};

// Entries ordered for look-ups, so that a mail with thousands of From addresses costs no more than
// it must. Refers to the entries it was made from.
class EntryIndex {
  public:
    explicit EntryIndex(const std::vector<ManagedEntry>& entries);
    // The entry that decides for one identity (envelope sender or one header From address): the
    // most specific wins; at equal specificity permit beats block. Trusted entries never decide.
    const ManagedEntry* deciding(const mail::Address& identity) const;  // none: nullptr
    // The most specific trusted entry that covers the identity.
    const ManagedEntry* trusting(const mail::Address& identity) const;

  private:
    std::unordered_multimap<std::string_view, const ManagedEntry*> entries_;
};

// EntryIndex::deciding for a single question.
std::optional<ManagedEntry> deciding_entry(
    const std::vector<ManagedEntry>& entries, const mail::Address& identity
);

// True when a trusted entry covers the identity.
bool is_trusted(const std::vector<ManagedEntry>& entries, const mail::Address& identity);

}  // namespace policy
