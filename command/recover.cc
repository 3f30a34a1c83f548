#include "command/recover.h"

#include "accounts/salvage.h"
#include "base/utf8.h"
#include "database/salvage.h"
#include "quarantine/salvage.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <array>
#include <fstream>
#include <ostream>
#include <system_error>

namespace command {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

struct Wanted {
    fs::path directory;
    fs::path store;  // "": the configuration's
};

json::string utf8(std::string_view value) {
    return json::string(base::to_valid_utf8(value));
}

// A JSON array that is written one object at a time, each on a line of its own.
class JsonFile {
  public:
    explicit JsonFile(fs::path path) : path_(std::move(path)), file_(path_) { file_ << '['; }
    Result<void> add(const json::object& object) {
        file_ << (std::exchange(is_first_, false) ? "\n" : ",\n") << json::serialize(object);
        return state();
    }
    Result<void> close() {
        file_ << "\n]\n";
        file_.close();
        return state();
    }

  private:
    Result<void> state() const {
        if (file_) return {};
        return failure(ErrorKind::trouble, "cannot write {}: is the disk full?", path_.string());
    }
    fs::path path_;
    std::ofstream file_;
    bool is_first_ = true;
};

json::object object_of(const quarantine::SalvagedMail& mail) {
    json::object object;
    object["kind"] = utf8(mail.kind);
    object["id"] = utf8(mail.id);
    object["owner"] = utf8(mail.owner);
    object["sender"] = utf8(mail.sender);
    object["header_from"] = utf8(mail.header_from);
    object["subject"] = utf8(mail.subject);
    object["state"] = utf8(mail.state);
    object["rule"] = utf8(mail.rule);
    object["reason"] = utf8(mail.reason);
    if (mail.received_at)
        object["received_at"] = utf8(base::to_rfc3339(*mail.received_at));
    else
        object["received_at"] = nullptr;
    object["mail_id"] = utf8(mail.mail_id);
    object["size"] = mail.size;
    object["sha256"] = utf8(mail.sha256);
    object["bytes"] = utf8(quarantine::name_of(mail.bytes));
    object["file"] = utf8(mail.file);
    return object;
}

json::object object_of(const accounts::SalvagedPerson& person) {
    json::object object;
    object["address"] = utf8(person.address);
    object["name"] = utf8(person.name);
    object["role"] = utf8(person.role);
    json::array aliases;
    for (const auto& alias : person.aliases) aliases.push_back(utf8(alias));
    object["aliases"] = std::move(aliases);
    return object;
}

json::object object_of(const accounts::SalvagedSender& sender) {
    json::object object;
    object["owner"] = utf8(sender.owner);
    object["list"] = utf8(sender.list);
    object["entry"] = utf8(sender.entry);
    object["added_at"] = sender.added_at;
    object["added_by"] = utf8(sender.added_by);
    return object;
}

struct Count {
    std::array<std::uint64_t, 4> mails{};  // by quarantine::SalvagedBytes
    std::uint64_t of(quarantine::SalvagedBytes bytes) const {
        return mails[static_cast<std::size_t>(bytes)];
    }
};

// What is not whole, in words; "" for what is.
std::string complaint_about(const quarantine::SalvagedMail& mail) {
    using quarantine::SalvagedBytes;
    if (mail.bytes == SalvagedBytes::verified || mail.bytes == SalvagedBytes::let_go) return {};
    return fmt::format(
        "{} {} for {}, subject \"{}\": its bytes are {}",
        mail.kind,
        shown(mail.id.empty() ? mail.mail_id : mail.id, 100),
        mail.owner.empty() ? "nobody known" : shown(mail.owner, 100),
        shown(mail.subject, 100),
        quarantine::name_of(mail.bytes)
    );
}

Result<std::vector<std::string>> write_mails(
    Program& program, database::Salvage& store, const fs::path& directory, Count& count
) {
    JsonFile index(directory / "index.json");
    auto gaps = quarantine::salvage_mails(store, directory, [&](const auto& mail) {
        ++count.mails[static_cast<std::size_t>(mail.bytes)];
        if (const auto complaint = complaint_about(mail); !complaint.empty())
            fail(program, complaint);
        return index.add(object_of(mail));
    });
    if (!gaps) return gaps;
    if (auto closed = index.close(); !closed) return failure(std::move(closed.error()));
    return gaps;
}

Result<accounts::SalvagedPeople> write_people(database::Salvage& store, const fs::path& directory) {
    JsonFile senders(directory / "senders.json");
    auto found = accounts::salvage_people(store, [&](const accounts::SalvagedSender& sender) {
        return senders.add(object_of(sender));
    });
    if (!found) return found;
    if (auto closed = senders.close(); !closed) return failure(std::move(closed.error()));
    JsonFile people(directory / "people.json");
    for (const auto& person : found->people)
        if (auto added = people.add(object_of(person)); !added)
            return failure(std::move(added.error()));
    if (auto closed = people.close(); !closed) return failure(std::move(closed.error()));
    return found;
}

Result<void> make_empty_directory(const fs::path& directory) {
    std::error_code error;
    if (fs::exists(directory, error) &&
        (!fs::is_directory(directory, error) || !fs::is_empty(directory, error)))
        return failure(
            ErrorKind::conflict,
            "{} is there already: name a directory that is empty or does not exist",
            directory.string()
        );
    fs::create_directories(directory, error);
    // Everybody's held mail: for who runs this only.
    if (!error) fs::permissions(directory, fs::perms::owner_all, error);
    if (error)
        return failure(ErrorKind::trouble, "making {}: {}", directory.string(), error.message());
    return {};
}

int recover(Program& program, const Wanted& wanted) {
    fs::path file = wanted.store;
    if (file.empty()) {
        auto settings = read_settings(program);
        if (!settings) return exit_failed;
        file = settings->store_file();
    }
    auto store = database::Salvage::open(file);
    if (!store) return fail(program, store.error());
    if (auto made = make_empty_directory(wanted.directory); !made)
        return fail(program, made.error());

    Count count;
    auto gaps = write_mails(program, **store, wanted.directory, count);
    if (!gaps) return fail(program, gaps.error());
    auto people = write_people(**store, wanted.directory);
    if (!people) return fail(program, people.error());

    using quarantine::SalvagedBytes;
    program.out << fmt::format(
        "{}: {} mails with all their bytes, {} damaged, {} without bytes, {} whose bytes had been "
        "let go; {} people, {} entries in their lists; in {}\n",
        file.string(),
        count.of(SalvagedBytes::verified),
        count.of(SalvagedBytes::damaged),
        count.of(SalvagedBytes::missing),
        count.of(SalvagedBytes::let_go),
        people->people.size(),
        people->senders,
        wanted.directory.string()
    );
    program.out.flush();
    if (!(*store)->note().empty()) fail(program, (*store)->note());
    for (const auto* more : {&*gaps, &people->gaps})
        for (const auto& gap : *more) fail(program, "not read: " + gap);
    const auto problems = (*store)->problems(20);
    for (const auto& problem : problems) fail(program, "damaged: " + problem);
    const bool is_whole = problems.empty() && gaps->empty() && people->gaps.empty() &&
                          (*store)->note().empty() &&
                          count.of(SalvagedBytes::damaged) + count.of(SalvagedBytes::missing) == 0;
    return is_whole && program.out ? exit_ok : exit_failed;
}

}  // namespace

void add_recover(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("recover", "Export what can be read of a damaged store");
    sub->footer(
        "For a store that `serve` refuses as damaged. Changes nothing in it. Writes to DIRECTORY:\n"
        "  SHA256.eml               each mail's exact bytes, when they still have that digest\n"
        "  message-N.damaged.eml    what is left of the others\n"
        "  index.json               each hold: owner, sender, subject, state, sha256, its file\n"
        "  senders.json people.json lists and accounts, without passwords\n"
        "What could not be read is said on standard error. Exit 0: everything was read, every "
        "digest\n"
        "is right and SQLite's check finds nothing; 1: something is wrong, or nothing could be "
        "read."
    );
    const auto wanted = std::make_shared<Wanted>();
    sub->add_option("directory", wanted->directory, "where to; empty, or not there yet")
        ->required()
        ->type_name("DIRECTORY");
    sub->add_option("--store", wanted->store, "the damaged file, when it is not in its place")
        ->type_name("FILE");
    add_config_option(*sub, program);
    sub->callback([&program, &chosen, wanted] {
        chosen = [&program, wanted] { return recover(program, *wanted); };
    });
}

}  // namespace command
