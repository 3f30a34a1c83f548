#include "digest/rounds.h"

#include "digest/time_column.h"
#include "quarantine/newly_held.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace digest {

using base::failure;
using base::Result;
using namespace std::chrono_literals;

namespace {

constexpr int owners_a_look = 50;
constexpr int holds_a_look = 500;
// A round in which somebody's mail could not be written goes round again so often, so far apart.
constexpr int passes_max = 10;
constexpr auto pass_pause = 1min;
// How old the note of what has been served may be when nothing was due.
constexpr auto noted_every = 1h;
// A clock that is being adjusted is not one that was set back.
constexpr auto clock_step_min = 1min;

// What comes in together is told together.
constexpr auto notice_collects = 20s;
// A hold's time is that of its receipt: it is committed a little later.
constexpr auto commits_within = 5min;
// After a start nobody is told at once of what is older.
constexpr auto notice_age_max = 1h;

struct News {
    std::vector<std::string> owners;  // who have not been told of what has come in
    std::int64_t last_row = 0;        // that was looked at; 0: there was none
};

Result<News> news_since(database::Snapshot& snapshot, base::Time since, std::int64_t after) {
    auto holds = quarantine::waiting_holds_since(snapshot, since, after, holds_a_look);
    if (!holds) return failure(std::move(holds.error()));
    News news;
    if (holds->empty()) return news;
    news.last_row = holds->back().row;
    auto told = told_of(snapshot, *holds);
    if (!told) return failure(std::move(told.error()));
    for (quarantine::WaitingHold& hold : *holds)
        if (!told->contains(hold.id)) news.owners.push_back(std::move(hold.owner));
    return news;
}

std::string key_of(const Schedule& schedule) {
    return fmt::format(
        "{} {} {}", schedule.zone.name(), schedule.days, fmt::join(schedule.minutes, ",")
    );
}

}  // namespace

Rounds::Rounds(
    database::Store& store,
    base::Log& log,
    base::Random& random,
    Measures& measures,
    std::function<void()> wake_courier
)
    : store_(store),
      log_(log),
      random_(random),
      measures_(measures),
      wake_courier_(std::move(wake_courier)) {}

Result<Rounds::Left> Rounds::step(const conf::Settings& settings, base::Time now) {
    mails_left_ = mails_a_step;
    is_more_ = false;
    if (!clock_)
        if (auto read = read_clock(now); !read) return failure(std::move(read.error()));
    if (auto begun = begin_round_if_due(settings, now); !begun)
        return failure(std::move(begun.error()));
    // Notices first: they are promised within a minute.
    if (auto notified = notify(settings, now); !notified)
        return failure(std::move(notified.error()));
    if (clock_->round_until)
        if (auto gone = go_round(settings, now); !gone) return failure(std::move(gone.error()));
    return is_more_ ? Left::more : Left::nothing;
}

Result<void> Rounds::read_clock(base::Time now) {
    auto read =
        store_.read_and_wait([](database::Snapshot& snapshot) -> Result<std::optional<Clock>> {
            auto rows = snapshot.query("SELECT served_until, round_until FROM digest_clock");
            if (!rows) return failure(std::move(rows.error()));
            auto there = rows->next();
            if (!there) return failure(std::move(there.error()));
            if (!*there) return std::optional<Clock>();
            Clock clock{to_time(rows->integer(0)), std::nullopt};
            if (!rows->is_null(1)) clock.round_until = to_time(rows->integer(1));
            return std::optional(clock);
        });
    if (!read) return failure(read.error(), "reading until when digests have been sent");
    if (*read) {
        clock_ = **read;
        written_at_ = clock_->served_until;
        measures_.under_way.set(clock_->round_until ? 1 : 0);
        return {};
    }
    // The times of days before the first start are nobody's.
    return write_clock({now, std::nullopt});
}

Result<void> Rounds::write_clock(const Clock& next) {
    auto written = store_.write_and_wait([&](database::Transaction& transaction) {
        const database::Value round =
            next.round_until ? database::Value(to_column(*next.round_until)) : nullptr;
        return transaction.execute(
            "INSERT INTO digest_clock(one, served_until, round_until) VALUES(1, ?1, ?2) "
            "ON CONFLICT(one) DO UPDATE SET served_until = ?1, round_until = ?2",
            {to_column(next.served_until), round}
        );
    });
    if (!written) return failure(written.error(), "noting until when digests have been sent");
    clock_ = next;
    written_at_ = next.served_until;
    measures_.under_way.set(next.round_until ? 1 : 0);
    return {};
}

bool Rounds::is_due(const Schedule& schedule) {
    const auto [known, is_new] = due_schedules_.try_emplace(key_of(schedule), false);
    if (is_new) known->second = schedule.has_time_in(clock_->served_until, *clock_->round_until);
    return known->second;
}

Result<void> Rounds::begin_round_if_due(const conf::Settings& settings, base::Time now) {
    const auto is_ahead = [&](base::Time time) { return time > now + clock_step_min; };
    if (is_ahead(clock_->served_until) || (clock_->round_until && is_ahead(*clock_->round_until))) {
        log_.warning(
            "digest_clock_set_back", {{"served_until", base::to_rfc3339(clock_->served_until)}}
        );
        return write_clock({now, std::nullopt});
    }
    if (clock_->round_until || clock_->served_until >= now) return {};
    auto chosen = store_.read_and_wait([](database::Snapshot& snapshot) {
        return accounts::chosen_schedules(snapshot);
    });
    if (!chosen) return failure(std::move(chosen.error()));
    due_schedules_.clear();
    const base::Time served = clock_->served_until;
    bool is_any_due = schedule_of(settings.digest).has_time_in(served, now);
    for (const accounts::Preferences& preferences : *chosen) {
        if (is_any_due) break;
        is_any_due = schedule_of(preferences, settings.digest).has_time_in(served, now);
    }
    if (is_any_due) {
        last_owner_.clear();
        round_has_failures_ = false;
        passes_ = 0;
        next_pass_.reset();
        return write_clock({served, now});
    }
    clock_->served_until = now;
    if (now - written_at_ >= noted_every) return write_clock({now, std::nullopt});
    return {};
}

Result<void> Rounds::go_round(const conf::Settings& settings, base::Time now) {
    if (next_pass_ && now < *next_pass_) return {};
    next_pass_.reset();
    for (;;) {
        auto owners = store_.read_and_wait([&](database::Snapshot& snapshot) {
            return quarantine::owners_with_holds(snapshot, last_owner_, owners_a_look);
        });
        if (!owners) return failure(std::move(owners.error()));
        if (owners->empty()) return end_round(now);
        for (const std::string& owner : *owners) {
            if (mails_left_ == 0) {
                is_more_ = true;
                return {};
            }
            serve(settings, owner, now);
            last_owner_ = owner;
        }
    }
}

void Rounds::serve(const conf::Settings& settings, const std::string& owner, base::Time now) {
    auto recipient = store_.read_and_wait([&](database::Snapshot& snapshot) {
        return recipient_for(snapshot, settings, owner);
    });
    if (!recipient) {
        note_failure(Kind::digest, owner, recipient.error());
        round_has_failures_ = true;
        return;
    }
    if (!*recipient || (*recipient)->mode != conf::DigestMode::digest) return;
    if (!is_due((*recipient)->schedule)) return;
    const Order order{Kind::digest, {}, *clock_->round_until, Again::no};
    if (!tell(settings, **recipient, order, now)) round_has_failures_ = true;
}

Result<void> Rounds::end_round(base::Time now) {
    if (round_has_failures_ && ++passes_ < passes_max) {
        round_has_failures_ = false;
        last_owner_.clear();
        next_pass_ = now + pass_pause;
        return {};
    }
    const base::Time served = *clock_->round_until;
    if (auto written = write_clock({served, std::nullopt}); !written) return written;
    measures_.last_round.set(static_cast<double>(to_column(now)) / 1000);
    log_.info("digest_round", {{"served_until", base::to_rfc3339(served)}});
    return {};
}

void Rounds::note_failure(Kind kind, std::string_view who, const base::Error& error) {
    measures_.failed(kind).add();
    log_.error(
        "digest_failed",
        {{"kind", std::string(name_of(kind))},
         {"recipient", std::string(who)},
         {"error", error.text}}
    );
    --mails_left_;
}

bool Rounds::tell(
    const conf::Settings& settings, const Recipient& recipient, const Order& order, base::Time now
) {
    const auto sent = send(store_, settings, recipient, order, random_, now);
    if (!sent) {
        note_failure(order.kind, recipient.address.text(), sent.error());
        return false;
    }
    if (*sent == 0) return true;
    --mails_left_;
    measures_.sent(order.kind).add();
    measures_.listed.add(*sent);
    log_.info(
        "digest",
        {{"kind", std::string(name_of(order.kind))},
         {"recipient", recipient.address.text()},
         {"holds", std::to_string(*sent)}}
    );
    wake_courier_();
    return true;
}

Result<void> Rounds::notify(const conf::Settings& settings, base::Time now) {
    bool is_wanted = settings.digest.mode == conf::DigestMode::notice;
    if (!is_wanted) {
        auto wanted = store_.read_and_wait([](database::Snapshot& snapshot) {
            return accounts::does_anybody_want_notices(snapshot);
        });
        if (!wanted) return failure(std::move(wanted.error()));
        is_wanted = *wanted;
    }
    if (!is_wanted) {
        notified_until_ = now;
        return {};
    }
    const base::Time looked_from =
        notified_until_ ? std::min(*notified_until_, now) - commits_within : now - notice_age_max;
    // Who fails for long must not make the look-back longer and longer.
    const base::Time since = std::max<base::Time>(looked_from, now - notice_age_max);
    std::set<std::string> seen;  // owners
    std::int64_t after = 0;
    bool is_complete = true;
    for (;;) {
        auto news = store_.read_and_wait([&](database::Snapshot& snapshot) {
            return news_since(snapshot, since, after);
        });
        if (!news) return failure(std::move(news.error()));
        if (news->last_row == 0) break;
        after = news->last_row;
        for (const std::string& owner : news->owners) {
            if (!seen.insert(owner).second) continue;
            auto told = notify_owner(settings, owner, since, now, seen);
            if (!told) return failure(std::move(told.error()));
            // What is not ripe, or failed, has to be found again.
            if (!*told) is_complete = false;
            if (is_more_) return {};
        }
    }
    if (is_complete) notified_until_ = now;
    return {};
}

Result<bool> Rounds::notify_owner(
    const conf::Settings& settings,
    const std::string& owner,
    base::Time since,
    base::Time now,
    std::set<std::string>& seen
) {
    auto recipient = store_.read_and_wait([&](database::Snapshot& snapshot) {
        return recipient_for(snapshot, settings, owner);
    });
    if (!recipient) {
        note_failure(Kind::notice, owner, recipient.error());
        return false;
    }
    if (!*recipient || (*recipient)->mode != conf::DigestMode::notice) return true;
    seen.insert((*recipient)->owners.begin(), (*recipient)->owners.end());
    const Order order{Kind::notice, since, now, Again::no};
    auto news = store_.read_and_wait([&](database::Snapshot& snapshot) {
        return untold(snapshot, settings, **recipient, order);
    });
    if (!news) return failure(std::move(news.error()));
    if (news->empty()) return true;
    if (now - news->front().received_at < notice_collects) return false;
    if (mails_left_ == 0) {
        is_more_ = true;
        return false;
    }
    return tell(settings, **recipient, order, now);
}

}  // namespace digest
