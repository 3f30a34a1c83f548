#include "accounts/sessions.h"

#include "accounts/time_column.h"
#include "base/sha256.h"
#include "mail/ip_address.h"

#include <algorithm>
#include <cstdint>

namespace accounts {

using base::ErrorKind;
using base::failure;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t sessions_per_person_max = 50;
constexpr std::size_t agent_bytes_max = 100;

// The first failures are typing errors and cost nothing; then every further one doubles the wait.
struct Throttle {
    std::int64_t free_failures;
    milliseconds first;
    milliseconds longest;
};
// Whoever knows an address can make its owner wait, so the wait is short; at one guess a minute a
// password of ten characters still outlives everybody.
constexpr Throttle per_account{3, milliseconds(1000), milliseconds(60'000)};
// A source may be a whole office behind one address.
constexpr Throttle per_source{10, milliseconds(1000), milliseconds(900'000)};

constexpr milliseconds forgotten_after = std::chrono::hours(24);
constexpr std::int64_t failures_kept_max = 20'000;

milliseconds wait_after(const Throttle& throttle, std::int64_t failures) {
    if (failures <= throttle.free_failures) return milliseconds(0);
    const auto doublings = std::min<std::int64_t>(failures - throttle.free_failures - 1, 20);
    return std::min(throttle.first * (std::int64_t{1} << doublings), throttle.longest);
}

// A person's addresses share one count, or every alias would be worth as many guesses again.
base::Result<std::string> account_subject(
    database::Snapshot& snapshot, std::string_view address_key
) {
    auto account = account_row_of(snapshot, address_key);
    if (!account) return failure(account.error());
    // No address looks like this number: it has an @.
    return *account ? fmt::format("account {}", **account) : fmt::format("account {}", address_key);
}

std::string source_subject(std::string_view source) {
    auto address = mail::IpAddress::parse(source);
    // One IPv6 customer has a whole /64 to try from.
    return fmt::format("source {}", address ? address->counted_as().text() : std::string(source));
}

std::string token_subject(std::string_view source) {
    return "token " + source_subject(source);
}

base::Result<milliseconds> remaining(
    database::Snapshot& snapshot,
    const std::string& subject,
    const Throttle& throttle,
    base::Time now
) {
    auto rows = snapshot.query(
        "SELECT failures, last_at FROM sign_in_failure WHERE subject = ?", {subject}
    );
    if (!rows) return failure(rows.error());
    auto there = rows->next();
    if (!there) return failure(there.error());
    if (!*there) return milliseconds(0);
    const auto last = from_column(rows->integer(1));
    // A failure in the future: the clock was set back, and must not lock anybody out until then.
    if (last > now || now - last > forgotten_after) return milliseconds(0);
    const auto wait = wait_after(throttle, rows->integer(0));
    return std::max(milliseconds(0), wait - (now - last));
}

base::Result<void> count_failure(
    database::Transaction& transaction, const std::string& subject, base::Time now
) {
    auto counted = transaction.execute(
        "INSERT INTO sign_in_failure (subject, failures, last_at) VALUES (?, 1, ?) "
        "ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, last_at = excluded.last_at",
        {subject, to_column(now)}
    );
    if (!counted) return failure(counted.error(), "noting a failed sign-in");
    return {};
}

base::Result<void> forget_failures(database::Transaction& transaction, base::Time now) {
    auto old = transaction.execute(
        "DELETE FROM sign_in_failure WHERE last_at < ?", {to_column(now - forgotten_after)}
    );
    if (!old) return failure(old.error(), "forgetting old failed sign-ins");
    // The lightest go first: a flood of made-up addresses must not wash out who is under attack.
    auto surplus = transaction.execute(
        "DELETE FROM sign_in_failure WHERE subject IN (SELECT subject FROM sign_in_failure "
        "ORDER BY failures, last_at LIMIT max(0, (SELECT count(*) FROM sign_in_failure) - ?))",
        {failures_kept_max}
    );
    if (!surplus) return failure(surplus.error(), "forgetting failed sign-ins");
    return {};
}

}  // namespace

base::Result<std::string> start_session(
    database::Transaction& transaction,
    std::int64_t person_row,
    std::string_view client,
    std::string_view agent,
    base::Random& random,
    base::Time now
) {
    auto token = base::random_id(random);
    const auto hash = base::sha256(token);
    const auto id = base::random_id(random);
    auto started = transaction.execute(
        "INSERT INTO session (token_hash, account, client, started_at, seen_at, public_id, agent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        {database::Blob{base::as_bytes(hash)},
         person_row,
         client,
         to_column(now),
         to_column(now),
         id,
         agent.substr(0, agent_bytes_max)}
    );
    if (!started) return failure(started.error(), "starting a session");
    auto dropped = transaction.execute(
        "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session "
        "WHERE account = ? ORDER BY started_at DESC LIMIT -1 OFFSET ?)",
        {person_row, sessions_per_person_max}
    );
    if (!dropped) return failure(dropped.error(), "ending the oldest sessions");
    return token;
}

base::Result<Person> find_session(
    database::Snapshot& snapshot,
    std::string_view token,
    const SessionLimits& limits,
    base::Time now
) {
    const auto hash = base::sha256(token);
    std::int64_t account = 0;
    {
        auto rows = snapshot.query(
            "SELECT account, started_at, seen_at FROM session WHERE token_hash = ?",
            {database::Blob{base::as_bytes(hash)}}
        );
        if (!rows) return failure(rows.error(), "looking up a session");
        auto there = rows->next();
        if (!there) return failure(there.error(), "looking up a session");
        if (!*there) return failure(ErrorKind::not_found, "there is no such session");
        if (now - from_column(rows->integer(1)) >= limits.absolute ||
            now - from_column(rows->integer(2)) >= limits.idle)
            return failure(ErrorKind::not_found, "the session has ended");
        account = rows->integer(0);
    }
    return find_person_in_row(snapshot, account);
}

base::Result<void> touch_session(
    database::Transaction& transaction, std::string_view token, base::Time now
) {
    const auto hash = base::sha256(token);
    auto touched = transaction.execute(
        "UPDATE session SET seen_at = max(seen_at, ?) WHERE token_hash = ?",
        {to_column(now), database::Blob{base::as_bytes(hash)}}
    );
    if (!touched) return failure(touched.error(), "prolonging a session");
    return {};
}

base::Result<void> end_session(database::Transaction& transaction, std::string_view token) {
    const auto hash = base::sha256(token);
    auto ended = transaction.execute(
        "DELETE FROM session WHERE token_hash = ?", {database::Blob{base::as_bytes(hash)}}
    );
    if (!ended) return failure(ended.error(), "ending a session");
    return {};
}

base::Result<std::vector<SessionShown>> list_sessions(
    database::Snapshot& snapshot,
    std::int64_t person_row,
    std::string_view token,
    const SessionLimits& limits,
    base::Time now
) {
    const auto hash = base::sha256(token);
    std::vector<SessionShown> sessions;
    auto rows = snapshot.query(
        "SELECT public_id, client, agent, started_at, seen_at, token_hash = ? FROM session "
        "WHERE account = ? AND started_at > ? AND seen_at > ? ORDER BY seen_at DESC, public_id",
        {database::Blob{base::as_bytes(hash)},
         person_row,
         to_column(now - limits.absolute),
         to_column(now - limits.idle)}
    );
    if (!rows) return failure(rows.error(), "listing sessions");
    for (;;) {
        auto there = rows->next();
        if (!there) return failure(there.error(), "listing sessions");
        if (!*there) return sessions;
        sessions.push_back(
            {std::string(rows->text(0)),
             std::string(rows->text(1)),
             std::string(rows->text(2)),
             from_column(rows->integer(3)),
             from_column(rows->integer(4)),
             rows->integer(5) != 0}
        );
    }
}

base::Result<std::int64_t> end_sessions_named(
    database::Transaction& transaction, std::int64_t person_row, const std::vector<std::string>& ids
) {
    std::int64_t all = 0;
    for (const auto& id : ids) {
        auto ended = transaction.execute(
            "DELETE FROM session WHERE account = ? AND public_id = ?", {person_row, id}
        );
        if (!ended) return failure(ended.error(), "ending sessions");
        all += *ended;
    }
    return all;
}

base::Result<std::int64_t> end_other_sessions(
    database::Transaction& transaction, std::int64_t person_row, std::string_view token
) {
    const auto hash = base::sha256(token);
    auto ended = transaction.execute(
        "DELETE FROM session WHERE account = ? AND token_hash <> ?",
        {person_row, database::Blob{base::as_bytes(hash)}}
    );
    if (!ended) return failure(ended.error(), "ending sessions");
    return ended;
}

base::Result<std::int64_t> remove_ended_sessions(
    database::Transaction& transaction, const SessionLimits& limits, base::Time now
) {
    auto removed = transaction.execute(
        "DELETE FROM session WHERE seen_at <= ? OR started_at <= ?",
        {to_column(now - limits.idle), to_column(now - limits.absolute)}
    );
    if (!removed) return failure(removed.error(), "removing ended sessions");
    return removed;
}

base::Result<std::optional<milliseconds>> sign_in_delay(
    database::Snapshot& snapshot,
    std::string_view address_key,
    std::string_view source,
    base::Time now
) {
    auto subject = account_subject(snapshot, address_key);
    if (!subject) return failure(subject.error(), "looking up failed sign-ins");
    auto account = remaining(snapshot, *subject, per_account, now);
    if (!account) return failure(account.error(), "looking up failed sign-ins");
    auto from_source = remaining(snapshot, source_subject(source), per_source, now);
    if (!from_source) return failure(from_source.error(), "looking up failed sign-ins");
    const auto longer = std::max(*account, *from_source);
    return longer > milliseconds(0) ? std::optional(longer) : std::nullopt;
}

base::Result<void> note_sign_in_failure(
    database::Transaction& transaction,
    std::string_view address_key,
    std::string_view source,
    base::Time now
) {
    auto account = account_subject(transaction, address_key);
    if (!account) return failure(account.error(), "noting a failed sign-in");
    for (const auto& subject : {*account, source_subject(source)})
        if (auto counted = count_failure(transaction, subject, now); !counted) return counted;
    return forget_failures(transaction, now);
}

base::Result<std::optional<milliseconds>> token_delay(
    database::Snapshot& snapshot, std::string_view source, base::Time now
) {
    auto wait = remaining(snapshot, token_subject(source), per_source, now);
    if (!wait) return failure(wait.error(), "looking up refused tokens");
    return *wait > milliseconds(0) ? std::optional(*wait) : std::nullopt;
}

base::Result<void> note_token_failure(
    database::Transaction& transaction, std::string_view source, base::Time now
) {
    if (auto counted = count_failure(transaction, token_subject(source), now); !counted)
        return counted;
    return forget_failures(transaction, now);
}

base::Result<void> note_sign_in_success(
    database::Transaction& transaction, std::string_view address_key, base::Time now
) {
    // The source keeps its count: who signs in to an own account does not win new guesses at
    // others.
    auto subject = account_subject(transaction, address_key);
    if (!subject) return failure(subject.error(), "noting a sign-in");
    auto cleared = transaction.execute(
        "DELETE FROM sign_in_failure WHERE subject = ? AND last_at <= ?", {*subject, to_column(now)}
    );
    if (!cleared) return failure(cleared.error(), "noting a sign-in");
    return {};
}

}  // namespace accounts
