#pragma once

#include "accounts/sender_batch.h"
#include "policy/managed_senders.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portal {

// Entries of managed senders as people write them, checked one by one. Knows no store and no HTTP.

// What a text field holds, taken apart: entries stand apart by blanks, commas, semicolons or line
// ends, "Ada <ada@example.org>" is one. Nothing is checked here.
std::vector<std::string> split_entries(std::string_view text);

enum class EntryCode {
    empty,
    not_an_address,
    own_domain,
    public_suffix,
    too_wide,      // would mean everybody
    too_many,      // the person's lists are full
    duplicate,     // stands in the same request for another list
    not_there,     // to be moved from a list that it is not in
    unknown_list,  // of an import: no such list, or none named
};
std::string_view name_of(EntryCode code);

struct EntryFault {
    EntryCode code = EntryCode::empty;
    std::string why;  // one sentence
};

// "a@b.test", "Ada <a@b.test>", "mailto:a@b.test", "b.test", "@b.test", "*@b.test", "*.b.test".
tl::expected<policy::SenderPattern, EntryFault> read_entry(std::string_view text);

struct GivenEntry {
    std::string text;                        // as written
    std::optional<policy::SenderList> list;  // none: not a list of ours
    std::size_t line = 0;                    // of an imported file, from 1; 0: not from a file
};
struct EntryProblem {
    std::size_t index = 0;  // among the entries given
    EntryFault fault;
};
// What can be asked of the store: `given_by[i]` is the index of the entry that wanted[i] came from.
// An entry that is given twice for one list counts once.
struct ReadEntries {
    std::vector<accounts::WantedEntry> wanted;
    std::vector<std::size_t> given_by;
    std::vector<EntryProblem> problems;
};
ReadEntries read_entries(const std::vector<GivenEntry>& given);

EntryFault fault_of(const accounts::PlannedEntry& planned);

}  // namespace portal
