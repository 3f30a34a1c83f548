#include "command/trace.h"

#include "command/story.h"
#include "quarantine/lookup.h"
#include "tracking/records.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <ostream>

namespace command {

using base::failure;
using base::Result;
using database::Snapshot;
using tracking::KeyKind;

namespace {

constexpr int exit_nothing_found = 3;
constexpr std::size_t messages_max = 10'000;

struct Given {
    std::string what;
    std::string since;
    std::size_t limit = 100;
    bool json = false;
};

// What the word can mean.
struct Wanted {
    std::vector<tracking::Key> keys;
    std::string address;     // its key, when it can be one
    std::string message_id;  // without angle brackets
    bool may_be_id = false;
};

Wanted meaning_of(std::string_view what) {
    Wanted wanted;
    const bool in_brackets = what.starts_with('<') && what.ends_with('>') && what.size() > 2;
    wanted.message_id = in_brackets ? what.substr(1, what.size() - 2) : what;
    wanted.keys.push_back({KeyKind::message_id, wanted.message_id});
    if (in_brackets) return wanted;
    if (const auto address = mail::Address::parse(what)) {
        wanted.address = address->key();
        wanted.keys.push_back({KeyKind::sender, wanted.address});
        wanted.keys.push_back({KeyKind::recipient, wanted.address});
    } else {
        wanted.may_be_id = true;
        wanted.keys.push_back({KeyKind::id, std::string(what)});
    }
    return wanted;
}

// "90s", "30m", "12h", "2d", "1w".
std::optional<std::chrono::seconds> duration_of(std::string_view text) {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
    using std::chrono::seconds;
    switch (*end) {
        case 's':
            return seconds(count);
        case 'm':
            return seconds(60LL * count);
        case 'h':
            return seconds(3600LL * count);
        case 'd':
            return seconds(86'400LL * count);
        case 'w':
            return seconds(7 * 86'400LL * count);
        default:
            return std::nullopt;
    }
}

void add_new(std::vector<std::string>& ids, std::vector<std::string> more) {
    for (auto& id : more)
        if (std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
}

// Held mail from before the first record (an upgraded store; the records' shorter retention): the
// mails are walked through, in pages, so that no look-up keeps the store's log from being emptied.
Result<std::vector<std::string>> older_than_records(
    database::Store& store, const Wanted& wanted, base::Time since, std::optional<base::Time> oldest
) {
    std::vector<std::string> found;
    quarantine::MailPage page;
    do {
        auto next = store.read_and_wait([&](Snapshot& snapshot) {
            return quarantine::mails_matching(
                snapshot, wanted.address, wanted.message_id, page.next
            );
        });
        if (!next) return failure(std::move(next.error()));
        page = std::move(*next);
        if (page.last >= since)
            found.insert(found.end(), page.mail_ids.begin(), page.mail_ids.end());
    } while (page.next != 0 && (!oldest || page.last < *oldest));
    std::ranges::reverse(found);
    return found;
}

// Newest first within each source.
Result<std::vector<std::string>> ids_wanted(
    database::Store& store, const Wanted& wanted, base::Time since, std::size_t limit
) {
    std::optional<base::Time> oldest;
    auto ids = store.read_and_wait([&](Snapshot& snapshot) -> Result<std::vector<std::string>> {
        auto reach = tracking::oldest(snapshot);
        if (!reach) return failure(std::move(reach.error()));
        oldest = *reach;
        auto found = tracking::ids_of(snapshot, wanted.keys, since, limit);
        if (!found) return found;
        if (wanted.may_be_id) {
            auto held = quarantine::mail_ids_by_id(snapshot, wanted.keys.back().value);
            if (!held) return held;
            add_new(*found, std::move(*held));
        }
        if (!wanted.address.empty()) {
            auto held = quarantine::mail_ids_of_owner(
                snapshot, wanted.address, since, static_cast<int>(limit)
            );
            if (!held) return held;
            add_new(*found, std::move(*held));
        }
        return found;
    });
    if (!ids || (oldest && *oldest <= since) || (wanted.may_be_id && !ids->empty())) return ids;
    auto older = older_than_records(store, wanted, since, oldest);
    if (!older) return older;
    add_new(*ids, std::move(*older));
    return ids;
}

Result<std::vector<Story>> stories_of(
    database::Store& store, const Wanted& wanted, const std::vector<std::string>& ids
) {
    std::vector<Story> stories;
    for (const auto& id : ids) {
        auto story =
            store.read_and_wait([&](Snapshot& snapshot) { return story_of(snapshot, id); });
        if (!story) return failure(std::move(story.error()));
        const auto sender = mail::Address::parse(story->sender);
        const bool is_sender = sender && sender->key() == wanted.address;
        const bool is_message_id = story->message_id == wanted.message_id ||
                                   story->message_id == "<" + wanted.message_id + ">";
        // Whom a person's mail went to besides is not the answer to where theirs is.
        if (!wanted.address.empty() && !is_sender && !is_message_id)
            keep_only(*story, wanted.address);
        stories.push_back(std::move(*story));
    }
    std::ranges::sort(stories, {}, [](const Story& story) {
        return std::pair(story.received_at, std::string_view(story.id));
    });
    return stories;
}

int nothing_found(Program& program, database::Store& store, std::string_view what) {
    auto oldest =
        store.read_and_wait([](Snapshot& snapshot) { return tracking::oldest(snapshot); });
    if (!oldest) return fail(program, oldest.error());
    fail(
        program,
        *oldest ? fmt::format(
                      "nothing is known of {}; what became of mails is recorded since {}",
                      shown(what, 300),
                      base::to_rfc3339(**oldest)
                  )
                : fmt::format(
                      "nothing is known of {}; no mail is on record (see [tracking] "
                      "retention_days)",
                      shown(what, 300)
                  )
    );
    return exit_nothing_found;
}

void print(Program& program, const Given& given, const std::vector<Story>& stories) {
    bool first = true;
    if (given.json) program.out << '[';
    for (const auto& story : stories) {
        if (given.json)
            program.out << (first ? "\n" : ",\n") << story_json(story);
        else
            program.out << (first ? "" : "\n") << story_text(story);
        first = false;
    }
    if (given.json) program.out << "\n]\n";
    program.out.flush();
}

int trace(Program& program, const Given& given) {
    base::Time since;
    if (!given.since.empty()) {
        const auto duration = duration_of(given.since);
        if (!duration)
            return fail_usage(
                program,
                fmt::format("--since {}: write 90s, 30m, 12h, 2d or 1w", shown(given.since, 100))
            );
        since = program.clock.now() - *duration;
    }
    auto opened = open(program, Missing::refuse);
    if (!opened) return opened.error();
    auto& store = *opened->store;
    const auto wanted = meaning_of(given.what);
    // One more than is shown, to know whether there are more.
    auto ids = ids_wanted(store, wanted, since, given.limit + 1);
    if (!ids) return fail(program, ids.error());
    if (ids->empty()) return nothing_found(program, store, given.what);
    const bool is_cut = ids->size() > given.limit;
    if (is_cut) ids->resize(given.limit);
    auto stories = stories_of(store, wanted, *ids);
    if (!stories) return fail(program, stories.error());
    print(program, given, *stories);
    if (is_cut)
        program.err << "postern: note: only the newest " << given.limit
                    << " messages; --limit N shows more, --since fewer\n";
    if (program.out) return exit_ok;
    return fail(program, "standard output did not take everything");
}

}  // namespace

void add_trace(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub =
        app.add_subcommand("trace", "Where is my mail? What became of it, from the records");
    const auto given = std::make_shared<Given>();
    add_config_option(*sub, program);
    sub->add_option("what", given->what, "an id, an address (sender or recipient), a Message-ID")
        ->required()
        ->type_name("ID|ADDRESS|MESSAGE-ID");
    sub->add_flag("--json", given->json, "one JSON array instead of text");
    sub->add_option("--since", given->since, "not older than: 90s, 30m, 12h, 2d, 1w")
        ->type_name("DURATION");
    sub->add_option("--limit", given->limit, "at most so many messages, the newest (100)")
        ->check(CLI::Range(std::size_t{1}, messages_max))
        ->type_name("N");
    sub->footer(
        "The id is that of our 250, of the log and of the Received field; a hold's id works too.\n"
        "Every event is one line, oldest first; times are UTC. Mail is recorded for [tracking]\n"
        "retention_days; what is held is known for as long as it is kept.\n"
        "Exit 0: found; 1: failed; 2: the command line is wrong; 3: nothing is known of it."
    );
    sub->callback([&program, &chosen, given] {
        chosen = [&program, given] { return trace(program, *given); };
    });
}

}  // namespace command
