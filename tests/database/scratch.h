#pragma once

#include "base/ensure.h"
#include "base/log.h"
#include "database/store.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

// A directory of its own for one test, gone with it.
class Scratch {
  public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "postern-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "a temporary directory");
        directory_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path store_file() const { return directory_ / "postern.db"; }

  private:
    std::filesystem::path directory_;
};

inline base::Log& quiet() {
    static const auto log = base::Log::to_nowhere();
    return *log;
}

// For tests that are not about opening: aborts when it fails.
inline std::unique_ptr<database::Store> open_store(
    const std::filesystem::path& file, std::span<const database::Schema> schemas
) {
    database::StoreSettings settings;
    settings.file = file;
    auto store = database::Store::open(settings, schemas, quiet());
    base::ensure(store.has_value(), store ? "" : store.error().text);
    return std::move(*store);
}
