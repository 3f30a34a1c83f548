#include "command/options.h"

#include "accounts/schema.h"
#include "base/utf8.h"
#include "conf/reader.h"
#include "digest/schema.h"
#include "policy/words.h"
#include "quarantine/message.h"
#include "tracking/schema.h"

#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ostream>
#include <system_error>

namespace command {

using base::ErrorKind;
using base::failure;

void add_config_option(CLI::App& sub, Program& program) {
    sub.add_option("--config", program.config, "the configuration file")->type_name("FILE");
}

int fail(Program& program, std::string_view text) {
    program.err << "postern: " << text << '\n';
    return exit_failed;
}

int fail(Program& program, const base::Error& error) {
    return fail(program, error.text);
}

int fail_usage(Program& program, std::string_view text) {
    fail(program, text);
    return exit_usage;
}

std::optional<conf::Settings> read_settings(Program& program) {
    auto reading = conf::read_file(program.config);
    for (const auto& problem : reading.problems) program.err << problem.to_text() << '\n';
    if (!reading.ok()) return std::nullopt;
    return std::move(reading.settings);
}

std::array<database::Schema, 4> store_schemas() {
    return {quarantine::schema(), accounts::schema(), tracking::schema(), digest::schema()};
}

base::Result<void> make_data_dir(const conf::Settings& settings) {
    const auto& directory = settings.data_dir;
    std::error_code error;
    if (std::filesystem::exists(directory, error)) return {};
    std::filesystem::create_directories(directory, error);
    if (!error) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error)
        return failure(ErrorKind::trouble, "making {}: {}", directory.string(), error.message());
    return {};
}

base::Result<void> give_to_owner_of(const std::filesystem::path& directory, std::string_view name) {
    struct stat owner{};
    if (geteuid() != 0 || stat(directory.c_str(), &owner) != 0 || owner.st_uid == 0) return {};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (!entry.path().filename().string().starts_with(name)) continue;
        if (chown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0)
            return failure(
                ErrorKind::trouble,
                "giving {} to the owner of its directory: {}",
                entry.path().string(),
                std::generic_category().message(errno)
            );
    }
    if (error)
        return failure(ErrorKind::trouble, "reading {}: {}", directory.string(), error.message());
    return {};
}

base::Result<std::unique_ptr<database::Store>> open_store(
    const conf::Settings& settings, Missing missing, base::Log& log
) {
    const auto schemas = store_schemas();
    database::StoreSettings wanted;
    wanted.file = settings.store_file();
    wanted.owner = database::Owner::guest;
    wanted.readers = 1;
    auto store = database::Store::open(wanted, schemas, log);
    if (store || store.error().kind != ErrorKind::not_found || missing == Missing::refuse)
        return store;

    if (auto made = make_data_dir(settings); !made) return failure(made.error());
    auto first = wanted;
    first.owner = database::Owner::server;
    auto created = database::Store::open(first, schemas, log);
    // `serve` may have begun to make it in this moment: then it is there for the guest.
    if (!created && created.error().kind != ErrorKind::in_use) return created;
    if (created) {
        (*created)->close();
        created->reset();
        auto given = give_to_owner_of(settings.data_dir, wanted.file.filename().string());
        if (!given) return failure(given.error());
    }
    return database::Store::open(wanted, schemas, log);
}

tl::expected<Opened, int> open(Program& program, Missing missing) {
    auto settings = read_settings(program);
    if (!settings) return tl::unexpected(exit_failed);
    auto log = program.make_log(base::LogLevel::warning);
    auto store = open_store(*settings, missing, *log);
    if (!store) return tl::unexpected(fail(program, store.error()));
    return Opened{std::move(*settings), std::move(log), std::move(*store)};
}

std::vector<mail::Domain> own_domains(const conf::Settings& settings) {
    std::vector<mail::Domain> domains;
    domains.reserve(settings.domains.size());
    for (const auto& domain : settings.domains) domains.push_back(domain.name);
    return domains;
}

void note_foreign(Program& program, const conf::Settings& settings, const mail::Address& address) {
    if (settings.domain_of(address.domain()) != nullptr) return;
    program.err << "postern: note: " << address.domain().text() << " is not one of the domains in "
                << program.config.string() << '\n';
}

std::string actor_name() {
    return fmt::format("command line (uid {})", getuid());
}

std::string shown(std::string_view text, std::size_t bytes_max) {
    const auto valid = base::to_valid_utf8(text.substr(0, bytes_max));
    std::string clean;
    for (std::size_t at = 0; at < valid.size();) {
        auto length = std::size_t{1};
        while (at + length < valid.size() &&
               (static_cast<unsigned char>(valid[at + length]) & 0xc0U) == 0x80U)
            ++length;
        // policy::plain cuts short what it is given, so it gets one character at a time.
        clean += policy::plain(std::string_view(valid).substr(at, length));
        at += length;
    }
    if (text.size() > bytes_max) clean += "\xe2\x80\xa6";
    return clean;
}

}  // namespace command
