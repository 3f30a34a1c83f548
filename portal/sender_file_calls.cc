#include "portal/handlers.h"
#include "portal/json_body.h"
#include "portal/problem.h"
#include "portal/sender_changes.h"
#include "portal/sender_csv.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Result;
using base::Task;
using policy::SenderList;

namespace {

constexpr std::size_t csv_bytes_max = 2 * 1024 * 1024;
constexpr std::size_t files_max = 4;  // being made, read or sent at once: each is megabytes

std::shared_ptr<const void> place_for_file(Services& services) {
    if (services.sender_files >= files_max) return nullptr;
    return std::make_shared<const Counted>(services.sender_files);
}

Response too_many_files() {
    return problem_later(
        503, "Too many files at once. Try again in a moment.", std::chrono::seconds(5)
    );
}

Result<std::string> exported(
    database::Snapshot& snapshot, const std::string& owner, std::optional<SenderList> list
) {
    accounts::SenderFilter filter;
    filter.list = list;
    const int all = static_cast<int>(accounts::entries_per_owner_max);
    auto page = accounts::list_entries(snapshot, owner, filter, "", all);
    if (!page) return base::failure(page.error());
    std::string csv(sender_csv_header);
    for (const accounts::SenderEntry& entry : page->entries) {
        const std::string added_at = base::to_rfc3339(entry.added_at);
        csv += csv_record({name_of(entry.list), entry.pattern.key, added_at, entry.added_by});
    }
    return csv;
}

struct Import {
    SenderChanges changes;
    std::string csv;
    std::optional<SenderList> usual;
};

Answer<Import> import_in(const Call& call) {
    auto body = json_body(call.request);
    if (!body) return tl::unexpected(body.error());
    Import import;
    auto csv = string_in(*body, "csv", csv_bytes_max);
    if (!csv) return tl::unexpected(csv.error());
    import.csv = std::move(*csv);
    if (const json::value* named = body->if_contains("list"); named && !named->is_null()) {
        auto list = list_in(*body, "list");
        if (!list) return tl::unexpected(list.error());
        if (*list == SenderList::auto_permitted) {
            return refuse(400, "Auto permitted senders are learned, not entered.");
        }
        import.usual = *list;
    }
    auto changes = changes_in(call, *body);
    if (!changes) return tl::unexpected(changes.error());
    import.changes = std::move(*changes);
    return import;
}

}  // namespace

Task<Response> export_senders(Call& call) {
    Services& services = call.services;
    const std::string_view named = call.query.get("list");
    const auto list = policy::sender_list_named(named);
    if (!list && named != "all") {
        co_return problem(400, "\"list\" is blocked, permitted, auto_permitted, trusted or all.");
    }
    auto owner = sender_lists_of(call, call.query.get("own"));
    if (!owner) co_return std::move(owner.error());
    // Until it has been sent: a slow reader keeps its file in our memory.
    auto place = place_for_file(services);
    if (!place) co_return too_many_files();
    auto write = [owner = std::move(*owner), list](database::Snapshot& snapshot) {
        return exported(snapshot, owner, list);
    };
    auto csv = co_await services.store.read(std::move(write));
    if (!csv) co_return problem(csv.error(), services.log, "exporting senders");
    Response response;
    response.set("Content-Type", "text/csv; charset=utf-8; header=present");
    response.set(
        "Content-Disposition", fmt::format("attachment; filename=\"senders-{}.csv\"", named)
    );
    response.body = std::move(*csv);
    response.place = std::move(place);
    co_return response;
}

Task<Response> import_senders(Call& call) {
    Services& services = call.services;
    const auto place = place_for_file(services);
    if (!place) co_return too_many_files();
    auto import = import_in(call);
    if (!import) co_return std::move(import.error());
    auto read = [&import]() {
        return read_sender_csv(
            import->csv, import->usual, static_cast<std::size_t>(accounts::entries_per_owner_max)
        );
    };
    auto given = co_await services.reading.run(std::move(read));
    if (!given) co_return problem(given.error(), services.log, "reading a file of senders");
    if (given->empty()) co_return problem(400, "There is no entry in this file.");
    import->changes.given = std::move(*given);
    Task<Response> changed = change_senders(call, std::move(import->changes));
    co_return co_await std::move(changed);
}

}  // namespace portal
