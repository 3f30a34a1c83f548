#include "digest/messenger.h"

#include "digest/links.h"
#include "digest/measures.h"
#include "digest/rounds.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace digest {

using namespace std::chrono_literals;

namespace {

// A notice is promised within a minute, twenty seconds of which it collects.
constexpr auto look_every = 10s;
// Between two steps of Rounds::mails_a_step mails.
constexpr auto step_pause = 1s;
constexpr auto after_trouble = 10s;
constexpr auto forget_every = 1h;
constexpr int forgotten_a_batch = 200;

class RunningMessenger final : public Messenger {
  public:
    RunningMessenger(
        std::shared_ptr<const conf::Settings> settings,
        database::Store& store,
        base::Log& log,
        base::Clock& clock,
        base::Random& random,
        metrics::Monitor& monitor,
        std::function<void()> wake_courier
    )
        : store_(store),
          log_(log),
          clock_(clock),
          measures_(monitor.registry),
          rounds_(store, log, random, measures_, std::move(wake_courier)),
          settings_(std::move(settings)),
          thread_([this] { run(); }) {}

    ~RunningMessenger() override { stop(); }

    void reload(std::shared_ptr<const conf::Settings> settings) override {
        const std::lock_guard lock(mutex_);
        settings_ = std::move(settings);
        is_woken_ = true;
        changed_.notify_all();
    }

    void stop() override {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
            changed_.notify_all();
        }
        if (thread_.joinable()) thread_.join();
    }

  private:
    void run() {
        for (;;) {
            const auto settings = current();
            if (!settings) return;
            pause(work(*settings));
        }
    }

    // None: it is to stop.
    std::shared_ptr<const conf::Settings> current() {
        const std::lock_guard lock(mutex_);
        return is_stopping_ ? nullptr : settings_;
    }

    void pause(std::chrono::milliseconds how_long) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, how_long, [this] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }

    // Gives how long nothing has to be done.
    std::chrono::milliseconds work(const conf::Settings& settings) {
        try {
            forget();
            if (!settings.sends_digests()) return look_every;
            const auto left = rounds_.step(settings, clock_.now());
            if (left) return *left == Rounds::Left::more ? step_pause : look_every;
            log_.error("digest_trouble", {{"error", left.error().text}});
        } catch (const std::exception& exception) {
            // Memory that ran out: mail goes on without digests, and they come later.
            log_.error("digest_trouble", {{"error", exception.what()}});
        }
        return after_trouble;
    }

    void forget() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_forget_) return;
        const auto time = clock_.now();
        // Looking is a read: an idle gateway does not write.
        const auto old = store_.read_and_wait([time](database::Snapshot& snapshot) {
            return has_old(snapshot, time);
        });
        if (!old) log_.error("digest_trouble", {{"error", old.error().text}});
        if (!old || !*old) {
            next_forget_ = now + forget_every;
            return;
        }
        const auto forgotten = store_.write_and_wait([time](database::Transaction& transaction) {
            return forget_old(transaction, time, forgotten_a_batch);
        });
        if (forgotten) return;  // until there is nothing left
        log_.error("digest_trouble", {{"error", forgotten.error().text}});
        next_forget_ = now + forget_every;
    }

    database::Store& store_;
    base::Log& log_;
    base::Clock& clock_;
    Measures measures_;
    Rounds rounds_;
    std::chrono::steady_clock::time_point next_forget_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<const conf::Settings> settings_;
    bool is_stopping_ = false;
    bool is_woken_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Messenger> Messenger::start(
    std::shared_ptr<const conf::Settings> settings,
    database::Store& store,
    base::Log& log,
    base::Clock& clock,
    base::Random& random,
    metrics::Monitor& monitor,
    std::function<void()> wake_courier
) {
    return std::make_unique<RunningMessenger>(
        std::move(settings), store, log, clock, random, monitor, std::move(wake_courier)
    );
}

}  // namespace digest
