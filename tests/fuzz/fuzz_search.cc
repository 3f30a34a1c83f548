// Room: quarantine
// Covers: quarantine/search.cc quarantine/hold_list.cc quarantine/hold_rows.cc
#include "base/ensure.h"
#include "quarantine/hold_store.h"
#include "tests/quarantine/held.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

// Two people's holds; Ben's is the one that Anna must never be shown.
class Holds {
  public:
    Holds() {
        fixture_.add({.subject = "Invoice \"1\" 50% off", .text = "body NEAR text * words"});
        fixture_.add({.sender = "", .from_name = "Ärger", .subject = "it's _ here"});
        const auto mail = fixture_.add_mail({.subject = "both"});
        fixture_.add_hold(mail, {});
        fixture_.add_hold(mail, {.owner = "ben@example.test"});
        fixture_.add_hold(
            mail, {.kind = mail::HoldKind::moderator, .moderators = {"ben@example.test"}}
        );
    }

    base::Result<quarantine::HoldPage> list(
        const quarantine::Reach& reach, const quarantine::HoldFilter& filter, std::string cursor
    ) {
        return fixture_.read([&](database::Snapshot& snapshot) {
            return quarantine::list(snapshot, reach, filter, cursor, 2);
        });
    }
    base::Result<quarantine::Hold> find(const quarantine::Reach& reach, std::string_view id) {
        return fixture_.find(reach, std::string(id));
    }

  private:
    held::Fixture fixture_;
};

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}  // namespace

// Whatever a person searches, filters by or sends as a cursor, SQLite understands the question and
// the answer holds nobody else's mail. The first byte chooses scope and order, then one line each:
// search, subject, from, to, reason, owner, cursor.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static Holds holds;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    quarantine::HoldFilter filter;
    constexpr std::array scopes{
        quarantine::Scope::mine, quarantine::Scope::moderated, quarantine::Scope::all
    };
    filter.scope = scopes[data[0] % scopes.size()];
    if (data[0] & 16U) filter.order = quarantine::Order::oldest_first;
    if (data[0] & 32U) filter.states.clear();
    for (std::string* part :
         {&filter.search, &filter.subject, &filter.from, &filter.to, &filter.reason, &filter.owner})
        *part = take_line(rest);
    std::string cursor(take_line(rest));

    quarantine::Reach reach;
    reach.owners = {"anna@example.test", filter.owner};
    std::erase(reach.owners, "ben@example.test");
    reach.moderator = data[0] & 64U ? "anna@example.test" : "";
    for (int page = 0; page < 4; ++page) {
        const auto found = holds.list(reach, filter, cursor);
        if (!found) {
            base::ensure(page == 0, "our own cursor is understood");
            base::ensure(found.error().kind == base::ErrorKind::invalid, found.error().text);
            break;
        }
        for (const auto& hold : found->holds)
            base::ensure(hold.owner == "anna@example.test", "nobody else's mail is shown");
        cursor = found->next;
        if (cursor.empty()) break;
    }
    const auto one = holds.find(reach, filter.search);
    base::ensure(
        one ? one->owner == "anna@example.test" : one.error().kind == base::ErrorKind::not_found,
        "an id is found within reach or not at all"
    );
    return 0;
}
