#pragma once

#include "base/ensure.h"
#include "imports/found.h"
#include "imports/mailcow.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

// Keeps what a reader finds, and a folder to read from.
class Kept final : public imports::Finds {
  public:
    struct Mail {
        imports::FoundMail found;
        std::string bytes;
    };
    bool mails_wanted = true;
    bool senders_wanted = true;
    std::vector<Mail> mails;
    std::vector<imports::FoundSender> senders;
    std::vector<std::string> left;

    bool wants_mails() const override { return mails_wanted; }
    bool wants_senders() const override { return senders_wanted; }
    base::Result<void> mail(const imports::FoundMail& found, const mail::MessageBytes& bytes)
        override {
        auto whole = bytes.prefix(bytes.size());
        base::ensure(whole.has_value(), "reading what was found");
        mails.push_back({found, *whole});
        return {};
    }
    base::Result<void> sender(const imports::FoundSender& found) override {
        senders.push_back(found);
        return {};
    }
    void left_out(std::string_view what, std::string_view why) override {
        left.push_back(std::string(what) + ": " + std::string(why));
    }

    // "blocked a@b.test for c@d.test"
    std::vector<std::string> sender_lines() const {
        std::vector<std::string> lines;
        for (const auto& one : senders)
            lines.push_back(
                std::string(policy::name_of(one.list)) + " " + one.entry + " for " + one.owner
            );
        return lines;
    }
};

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "imports-XXXXXX").string();
        base::ensure(mkdtemp(name.data()) != nullptr, "a temporary directory");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::filesystem::path write(const std::string& name, std::string_view bytes) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << bytes;
        return file;
    }
    const std::filesystem::path& path() const { return path_; }

    imports::ReadLimits limits(std::uint64_t bytes_max = 1'000'000) const {
        imports::ReadLimits limits;
        limits.message_bytes_max = bytes_max;
        limits.spool.directory = path_;
        return limits;
    }

  private:
    std::filesystem::path path_;
};

inline std::filesystem::path data(const char* name) {
    return std::filesystem::path(POSTERN_TESTS_DIR) / "imports" / "data" / name;
}

using Lines = std::vector<std::string>;
