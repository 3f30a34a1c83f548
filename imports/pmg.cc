#include "imports/pmg.h"

#include "imports/message_text.h"
#include "imports/quarantine_files.h"
#include "imports/sql_dump.h"

#include <map>
#include <set>
#include <utility>

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

// More rows than any installation has; each is a few hundred bytes here.
constexpr std::size_t pmg_rows_max = 5'000'000;

using MailKey = std::pair<std::int64_t, std::int64_t>;  // (cid, rid)

struct StoredMail {
    MailKey key;
    std::int64_t time = 0;  // seconds since 1970
    std::string kind;       // "S", "V", "A"
    std::string spam_level;
    std::string info;
    std::string sender;
};

struct PmgTables {
    std::map<std::string, StoredMail> mails;  // by file, as the table names it
    std::map<MailKey, std::vector<std::string>> receivers;
    std::size_t rows = 0;
};

std::optional<MailKey> key_of(const DumpRow& row, std::string_view cid, std::string_view rid) {
    const auto first = row.integer(cid);
    const auto second = row.integer(rid);
    if (!first || !second) return std::nullopt;
    return MailKey(*first, *second);
}

void keep_mail(const DumpRow& row, PmgTables& tables, Finds& finds) {
    const auto key = key_of(row, "cid", "rid");
    const auto time = row.integer("time");
    if (!key || !time || *time < 0 || *time > 100'000'000'000 || row.text("file").empty())
        return finds.left_out("a row of cmailstore", "it has no key, time or file");
    tables.mails[std::string(row.text("file"))] = {
        *key,
        *time,
        std::string(row.text("qtype")),
        std::string(row.text("spamlevel")),
        std::string(row.text("info").substr(0, 500)),
        std::string(row.text("sender"))
    };
}

void keep_receiver(const DumpRow& row, PmgTables& tables, Finds& finds) {
    if (row.text("status") != "N") return;  // delivered or deleted there
    const auto key = key_of(row, "cmailstore_cid", "cmailstore_rid");
    if (!key) return finds.left_out("a row of cmsreceivers", "it has no key");
    const auto receiver = row.is_null("receiver") ? row.text("pmail") : row.text("receiver");
    tables.receivers[*key].emplace_back(receiver);
}

// "a@b.test,c.test": their own reader splits at commas, semicolons and blanks.
Result<void> give_list(const DumpRow& row, Finds& finds) {
    const auto name = row.text("name");
    if (name != "WL" && name != "BL") return {};
    auto data = row.text("data");
    constexpr std::string_view between = ",; \t\r\n";
    while (!data.empty()) {
        const auto end = data.find_first_of(between);
        FoundSender found;
        found.owner = row.text("pmail");
        found.entry = data.substr(0, end);
        found.list = name == "BL" ? policy::SenderList::blocked : policy::SenderList::permitted;
        if (!found.entry.empty())
            if (auto given = finds.sender(found); !given) return given;
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    return {};
}

Result<void> read_tables(const std::filesystem::path& dump, PmgTables& tables, Finds& finds) {
    return read_dump(
        dump,
        {"cmailstore", "cmsreceivers", "userprefs"},
        [&](std::string_view table, const DumpRow& row) -> Result<void> {
            if (table == "userprefs")
                return finds.wants_senders() ? give_list(row, finds) : Result<void>();
            if (!finds.wants_mails()) return {};
            if (++tables.rows > pmg_rows_max)
                return failure(ErrorKind::limit, "more than {} rows", pmg_rows_max);
            if (table == "cmailstore")
                keep_mail(row, tables, finds);
            else
                keep_receiver(row, tables, finds);
            return {};
        }
    );
}

std::string pmg_reason(const StoredMail& stored) {
    if (stored.kind == "V") return "virus: " + stored.info;
    if (stored.kind == "A") return "attachment";
    return "spam level " + stored.spam_level;
}

Result<void> give_file(
    const std::filesystem::path& folder,
    const QuarantineFile& file,
    const StoredMail& stored,
    const std::vector<std::string>& receivers,
    const ReadLimits& limits,
    Finds& finds
) {
    auto text = read_quarantine_file(folder, file, limits.message_bytes_max);
    if (!text) {
        finds.left_out(file.relative.string(), text.error().text);
        return {};
    }
    const auto top = fields_on_top(*text, {"Delivered-To", "Return-Path"});
    const auto rest = std::string_view(*text).substr(top.second);
    auto bytes = message_of(rest, limits.message_bytes_max, limits.spool);
    if (!bytes) {
        if (bytes.error().kind == ErrorKind::trouble || bytes.error().kind == ErrorKind::disk_full)
            return failure(bytes.error());
        finds.left_out(file.relative.string(), bytes.error().text);
        return {};
    }
    FoundMail found;
    found.key = fmt::format("pmg {} {}", stored.key.first, stored.key.second);
    found.sender = stored.sender;
    found.recipients = receivers;
    found.received_at = base::Time(std::chrono::seconds(stored.time));
    found.reason = pmg_reason(stored);
    // Their users see spam; virus and attachment quarantine are the administrator's.
    found.kind = stored.kind == "S" ? mail::HoldKind::user : mail::HoldKind::administrator;
    return finds.mail(found, *bytes);
}

}  // namespace

Result<void> read_pmg(
    const std::filesystem::path& dump,
    const std::filesystem::path& spool_folder,
    const ReadLimits& limits,
    Finds& finds
) {
    PmgTables tables;
    if (auto read = read_tables(dump, tables, finds); !read) return read;
    if (!finds.wants_mails()) return {};
    if (spool_folder.empty()) {
        if (!tables.mails.empty())
            finds.left_out(
                fmt::format("{} mails of the dump", tables.mails.size()),
                "their files are in the spool folder: name it too (/var/spool/pmg)"
            );
        return {};
    }
    std::set<std::string> seen;
    auto walked = each_file(spool_folder, [&](const QuarantineFile& file) -> Result<void> {
        const auto stored = tables.mails.find(file.relative.generic_string());
        if (stored == tables.mails.end()) return {};  // a newer one, or nothing of the quarantine
        seen.insert(stored->first);
        const auto receivers = tables.receivers.find(stored->second.key);
        if (receivers == tables.receivers.end()) return {};  // decided there
        return give_file(spool_folder, file, stored->second, receivers->second, limits, finds);
    });
    if (!walked) return walked;
    for (const auto& [file, stored] : tables.mails)
        if (!seen.contains(file) && tables.receivers.contains(stored.key))
            finds.left_out(file, "it is in the dump and not in the spool folder");
    return {};
}

}  // namespace imports
