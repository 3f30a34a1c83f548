#pragma once

#include "accounts/schema.h"
#include "base/ensure.h"
#include "database/store.h"
#include "mail/address.h"
#include "policy/managed_senders.h"

#include <stdlib.h>

#include <filesystem>
#include <string>

// A store of its own for one test, with this room's tables.
class TestStore {
  public:
    TestStore() {
        std::string name = (std::filesystem::temp_directory_path() / "accounts-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "no temporary directory");
        directory_ = name;
        database::StoreSettings settings;
        settings.file = directory_ / "postern.db";
        settings.readers = 1;
        const auto schema = accounts::schema();
        auto store = database::Store::open(settings, std::span(&schema, 1), *log_);
        base::ensure(store.has_value(), store ? "" : store.error().text);
        store_ = std::move(*store);
    }
    ~TestStore() {
        store_->close();
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;

    database::Store* operator->() { return store_.get(); }

    // What a job gives; a failure of the job is a failure of the test.
    template <class Job>
    auto write(Job job) {
        auto outcome = store_->write_and_wait(std::move(job));
        base::ensure(outcome.has_value(), outcome ? "" : outcome.error().text);
        if constexpr (!std::is_void_v<typename decltype(outcome)::value_type>)
            return std::move(*outcome);
    }
    template <class Job>
    auto read(Job job) {
        auto outcome = store_->read_and_wait(std::move(job));
        base::ensure(outcome.has_value(), outcome ? "" : outcome.error().text);
        if constexpr (!std::is_void_v<typename decltype(outcome)::value_type>)
            return std::move(*outcome);
    }

  private:
    std::filesystem::path directory_;
    std::shared_ptr<base::Log> log_ = base::Log::to_nowhere();
    std::unique_ptr<database::Store> store_;
};

inline mail::Address address(std::string_view text) {
    auto parsed = mail::Address::parse(text);
    base::ensure(parsed.has_value(), parsed ? "" : parsed.error().text);
    return std::move(*parsed);
}
inline mail::Domain domain(std::string_view text) {
    auto parsed = mail::Domain::parse(text);
    base::ensure(parsed.has_value(), parsed ? "" : parsed.error().text);
    return std::move(*parsed);
}
inline policy::SenderPattern pattern(std::string_view text) {
    auto parsed = policy::SenderPattern::parse(text);
    base::ensure(parsed.has_value(), parsed ? "" : parsed.error().text);
    return std::move(*parsed);
}

inline const base::Time start_of_test = base::Time(std::chrono::milliseconds(1'790'000'000'000));
