#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "mail/address.h"

#include <array>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace command {

// What every sub-command has from outside: streams, clock, random, the configuration file. Tests
// put their own in its place.
struct Program {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    base::Clock& clock;
    base::Random& random;
    // Asks for a line without showing it; none when there is nobody to ask or they gave up.
    std::function<std::optional<std::string>(std::string_view prompt)> ask_in_secret;
    std::function<std::shared_ptr<base::Log>(base::LogLevel least)> make_log =
        base::Log::to_standard_error;
    std::filesystem::path config = "/etc/postern/postern.toml";
};

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  // refused, or our world failed; standard error says why
inline constexpr int exit_usage = 2;   // the words of the command line

// Set by the sub-command that was named; gives the exit code.
using Chosen = std::function<int()>;

void add_config_option(CLI::App& sub, Program& program);

// Says the error as "postern: …" and gives exit_failed.
int fail(Program& program, const base::Error& error);
int fail(Program& program, std::string_view text);
int fail_usage(Program& program, std::string_view text);

// None when the file has problems; they have been said, one on each line.
std::optional<conf::Settings> read_settings(Program& program);

// The tables of every room, in the order they are brought forward.
std::array<database::Schema, 4> store_schemas();

// Makes data_dir, for nobody but its owner, when it is not there.
base::Result<void> make_data_dir(const conf::Settings& settings);

// Run by root: gives the files of the directory whose names begin so to the directory's owner, so
// that `serve` can open them.
base::Result<void> give_to_owner_of(const std::filesystem::path& directory, std::string_view name);

// What a missing store means: for a look it is an error, for an act it is made.
enum class Missing { refuse, create };

// Opens the store beside a running `serve`. Missing::create: when there is no file yet, it is made
// as `serve` would make it (for a moment this process is the store's server, then a guest). Run by
// root, the new files are given to the owner of their directory, so that `serve` can open them.
base::Result<std::unique_ptr<database::Store>> open_store(
    const conf::Settings& settings, Missing missing, base::Log& log
);

// Settings and store of a sub-command. The store closes with it.
struct Opened {
    conf::Settings settings;
    std::shared_ptr<base::Log> log;
    std::unique_ptr<database::Store> store;
};
// Or the exit code; what is wrong has been said.
tl::expected<Opened, int> open(Program& program, Missing missing);

// The domains of the configuration, for what lists may not permit.
std::vector<mail::Domain> own_domains(const conf::Settings& settings);

// Says so on standard error when the address is not in one of our domains: often a typing error.
void note_foreign(Program& program, const conf::Settings& settings, const mail::Address& address);

// Who acts, as history and audit trail say it: "command line (uid 0)".
std::string actor_name();

// Valid UTF-8 on one line without control characters and bidirectional marks, cut at `bytes_max`:
// what a mail says, fit for a terminal.
std::string shown(std::string_view text, std::size_t bytes_max = 1000);

}  // namespace command
