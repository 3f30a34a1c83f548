#include "imports/amavis.h"
#include "imports/mailcow.h"
#include "imports/pmg.h"
#include "imports/quarantine_files.h"
#include "tests/catch.h"
#include "tests/imports/finds.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <ctime>

using mail::HoldKind;
using policy::SenderList;

namespace {

base::Time at_second(std::int64_t seconds) {
    return base::Time(std::chrono::seconds(seconds));
}

const Kept::Mail& mail_with(const Kept& kept, std::string_view key) {
    const auto found = std::find_if(kept.mails.begin(), kept.mails.end(), [&](const auto& mail) {
        return mail.found.key == key;
    });
    base::ensure(found != kept.mails.end(), key);
    return *found;
}

bool is_left_out(const Kept& kept, std::string_view part, std::string_view why) {
    return std::any_of(kept.left.begin(), kept.left.end(), [&](const std::string& line) {
        return line.find(part) != std::string::npos && line.find(why) != std::string::npos;
    });
}

std::string gzipped(std::string_view text) {
    z_stream stream{};
    base::ensure(
        deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK, "zlib"
    );
    std::string packed(compressBound(text.size()) + 64, '\0');
    std::string in(text);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    base::ensure(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

// mailcow's times are local ones.
class InZone {
  public:
    explicit InZone(const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
    ~InZone() {
        unsetenv("TZ");
        tzset();
    }
    InZone(const InZone&) = delete;
    InZone& operator=(const InZone&) = delete;
};

constexpr const char* amavis_spam =
    "Return-Path: <seller@shop.example>\n"
    "Delivered-To: spam-quarantine\n"
    "X-Envelope-From: <seller@shop.example>\n"
    "X-Envelope-To: <ada@example.test>,\n <ben@example.test>,\n <cora@other.example>\n"
    "X-Envelope-To-Blocked: <ada@example.test>,\n <cora@other.example>\n"
    "X-Quarantine-ID: <Ab3dEf6hIj9k>\n"
    "X-Spam-Flag: YES\n"
    "X-Spam-Score: 12.7\n"
    "X-Spam-Status: Yes, score=12.7 tag=2 tag2=6.31 kill=6.31\n\ttests=[BAYES_99=3.5]\n"
    "\tautolearn=no autolearn_force=no\n"
    "Received: from mx.shop.example ([192.0.2.7])\n\tby gate (amavis, port 10024) with ESMTP\n"
    "X-Spam-Checker: the sender's own\n"
    "Subject: cheap\n"
    "\n"
    "body\n";

}  // namespace

TEST_CASE("mailcow: held mails and lists are found in a dump") {
    const InZone zone("UTC");
    const Folder folder;
    Kept kept;
    REQUIRE(imports::read_mailcow(data("mailcow.sql"), folder.limits(), kept));
    REQUIRE(kept.mails.size() == 4);
    const auto& spam = mail_with(kept, "mailcow 1 4Xq1");
    CHECK(spam.found.sender == "seller@shop.example");
    CHECK(spam.found.recipients == Lines{"ada@example.test"});
    CHECK(spam.found.received_at == at_second(1'790'000'000));
    CHECK(spam.found.reason == "reject, score 15.20");
    CHECK(spam.found.client == "192.0.2.77");
    CHECK(
        spam.bytes ==
        "From: Seller <seller@shop.example>\r\nTo: ada@example.test\r\nSubject: Cheap pills\r\n\r\n"
        "It's \\ cheap; isn't it?), (\r\n"
    );
    const auto& notice = mail_with(kept, "mailcow 2 4Xq2");
    CHECK(notice.found.sender.empty());
    CHECK(notice.bytes == "Subject: a notice\r\n\r\nlines that end with LF\r\n");
    CHECK(mail_with(kept, "mailcow 6 4Xq6").bytes == "Subject: hex\r\n\r\nbody\r\n");
    CHECK(kept.left.size() == 2);
    CHECK(is_left_out(kept, "row 4", "carriage return"));
    CHECK(is_left_out(kept, "row 5", "no message"));

    CHECK(
        kept.sender_lines() ==
        Lines{
            "permitted friend@good.example for ada@example.test",
            "blocked *@pushy.example for ada@example.test",
            "permitted *.com for ada@example.test",
            "permitted example.test for ada@example.test",
            "blocked *lottery* for ada@example.test",
            "blocked spam.example for example.test",
            "blocked spam.example for cora@other.example",
        }
    );
}

TEST_CASE("mailcow: a time is local to the zone that is set") {
    const InZone zone("Europe/Berlin");
    const Folder folder;
    Kept kept;
    kept.senders_wanted = false;
    REQUIRE(imports::read_mailcow(data("mailcow.sql"), folder.limits(), kept));
    CHECK(kept.senders.empty());
    // Two hours earlier: summer there.
    CHECK(mail_with(kept, "mailcow 1 4Xq1").found.received_at == at_second(1'790'000'000 - 7200));
}

TEST_CASE("Proxmox: rows and files come together, and no path comes from a row") {
    const Folder folder;
    const std::string on_top = "Delivered-To: ada@example.test\nReturn-Path: seller@shop.example\n";
    folder.write("spam/A3/1F2B6ABC000A3", on_top + "Subject: Cheap\nReturn-Path: kept\n\nbody\n");
    folder.write("virus/07/2F2B6ABC00107", on_top + "Subject: invoice\n\nvirus\n");
    folder.write("spam/01/3F2B6ABC00101", on_top + "Subject: done\n\nbody\n");
    folder.write("cluster/1/attachment/10/4F2B6ABC00110", on_top + "Subject: notice\n\nbody\n");
    folder.write("active/1234", "on its way in\n");
    Kept kept;
    REQUIRE(imports::read_pmg(data("pmg.sql"), folder.path(), folder.limits(), kept));
    REQUIRE(kept.mails.size() == 3);
    const auto& spam = mail_with(kept, "pmg 0 1");
    CHECK(spam.found.sender == "seller@shop.example");
    CHECK(spam.found.recipients == Lines{"ada@example.test", "Ben.Alias@example.test"});
    CHECK(spam.found.received_at == at_second(1'790'000'000));
    CHECK(spam.found.reason == "spam level 7");
    CHECK(spam.found.kind == HoldKind::user);
    CHECK(spam.bytes == "Subject: Cheap\r\nReturn-Path: kept\r\n\r\nbody\r\n");
    CHECK(mail_with(kept, "pmg 0 2").found.kind == HoldKind::administrator);
    CHECK(mail_with(kept, "pmg 0 2").found.reason == "virus: Win.Test.EICAR_HDB-1");
    CHECK(mail_with(kept, "pmg 1 4").found.sender.empty());
    CHECK(mail_with(kept, "pmg 1 4").found.kind == HoldKind::administrator);
    // What was delivered there is no more ours than what its file cannot be found of.
    CHECK(kept.left.size() == 2);
    CHECK(is_left_out(kept, "../../../../etc/passwd", "not in the spool"));
    CHECK(is_left_out(kept, "spam/05/6F2B6ABC00505", "not in the spool"));

    CHECK(
        kept.sender_lines() ==
        Lines{
            "permitted friend@good.example for ada@example.test",
            "permitted news.example for ada@example.test",
            "permitted example.test for ada@example.test",
            "permitted com for ada@example.test",
            "blocked bad@malware.example for ada@example.test",
            "blocked *.pushy.example for ada@example.test",
            "blocked spam.example for cora@other.example",
        }
    );
}

TEST_CASE("Proxmox: without its folder only the lists are taken over") {
    const Folder folder;
    Kept kept;
    REQUIRE(imports::read_pmg(data("pmg.sql"), "", folder.limits(), kept));
    CHECK(kept.mails.empty());
    CHECK(kept.senders.size() == 7);
    CHECK(is_left_out(kept, "6 mails", "/var/spool/pmg"));
}

TEST_CASE("amavis: the fields it put on top say whose a mail is, and are taken off") {
    const Folder folder;
    folder.write("spam-Ab3dEf6hIj9k.gz", gzipped(amavis_spam));
    folder.write(
        "v/virus-XyZ",
        "X-Envelope-From: <>\nX-Envelope-To: <ada@example.test>\nX-Quarantine-ID: <XyZ>\n"
        "X-Amavis-Alert: INFECTED, message contains virus: Eicar\nSubject: v\n\nbody\n"
    );
    folder.write("mbox", std::string("From x@y.example Mon Sep 21\n") + amavis_spam);
    folder.write("nothing", "Subject: a mail of another kind\n\nbody\n");
    folder.write("bad-gz", "\x1f\x8b not really");
    folder.write("broken", std::string(amavis_spam) + "bare \r return\n");
    const auto old = folder.path() / "spam-Ab3dEf6hIj9k.gz";
    const struct timespec times[2] = {{1'790'000'000, 0}, {1'790'000'000, 0}};
    REQUIRE(utimensat(AT_FDCWD, old.c_str(), times, 0) == 0);
    REQUIRE(symlink("/etc/hostname", (folder.path() / "link").c_str()) == 0);
    REQUIRE(mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);

    Kept kept;
    REQUIRE(imports::read_amavis_folder(folder.path(), folder.limits(), kept));
    REQUIRE(kept.mails.size() == 2);
    const auto& spam = mail_with(kept, "amavis <Ab3dEf6hIj9k>");
    CHECK(spam.found.sender == "seller@shop.example");
    CHECK(spam.found.recipients == Lines{"ada@example.test", "cora@other.example"});
    CHECK(spam.found.received_at == at_second(1'790'000'000));
    CHECK(spam.found.reason.starts_with("Yes, score=12.7"));
    CHECK(spam.found.kind == HoldKind::user);
    CHECK(
        spam.bytes ==
        "Received: from mx.shop.example ([192.0.2.7])\r\n\tby gate (amavis, port 10024) with "
        "ESMTP\r\nX-Spam-Checker: the sender's own\r\nSubject: cheap\r\n\r\nbody\r\n"
    );
    const auto& virus = mail_with(kept, "amavis <XyZ>");
    CHECK(virus.found.sender.empty());
    CHECK(virus.found.kind == HoldKind::administrator);
    CHECK(virus.bytes == "Subject: v\r\n\r\nbody\r\n");
    CHECK(kept.left.size() == 4);
    CHECK(is_left_out(kept, "mbox", "mailbox file"));
    CHECK(is_left_out(kept, "nothing", "no X-Envelope"));
    CHECK(is_left_out(kept, "bad-gz", "gzip"));
    CHECK(is_left_out(kept, "broken", "carriage return"));
}

TEST_CASE("amavis: a small file that unfolds to a big one is left out") {
    const Folder folder;
    folder.write("spam-big.gz", gzipped(amavis_spam + std::string(5'000'000, 'a')));
    Kept kept;
    REQUIRE(imports::read_amavis_folder(folder.path(), folder.limits(), kept));
    CHECK(kept.mails.empty());
    CHECK(is_left_out(kept, "spam-big.gz", "unfolds"));
    CHECK_FALSE(imports::read_amavis_folder(folder.path() / "none", folder.limits(), kept));
}

TEST_CASE("amavis: lists of its SQL look-ups, as PostgreSQL and MySQL dump them") {
    const Lines expected = {
        "permitted friend@good.example for ada@example.test",
        "blocked @pushy.example for ada@example.test",
        "blocked @spam.example for ada@example.test",
        "blocked @ for ada@example.test",
        "permitted @example.test for ada@example.test",
        "blocked @spam.example for @example.test",
        "blocked @spam.example for cora@other.example",
    };
    Kept from_postgres;
    REQUIRE(imports::read_amavis_lists(data("amavis_pg.sql"), from_postgres));
    CHECK(from_postgres.sender_lines() == expected);
    CHECK(is_left_out(from_postgres, "scored@x.example", "score"));

    const Folder folder;
    const auto dump = folder.write(
        "amavis.sql",
        "INSERT INTO `mailaddr` (`id`,`priority`,`email`) VALUES (1,9,_binary 'a@b.example'),"
        "(2,9,0x4063642E6578616D706C65);\n"
        "INSERT INTO `users` (`id`,`priority`,`policy_id`,`email`,`fullname`) VALUES "
        "(1,9,1,'ada@example.test',NULL);\n"
        "INSERT INTO `wblist` (`rid`,`sid`,`wb`) VALUES (1,1,'B'),(1,2,'W'),(9,1,'B');\n"
    );
    Kept from_mysql;
    REQUIRE(imports::read_amavis_lists(dump, from_mysql));
    CHECK(
        from_mysql.sender_lines() ==
        Lines{
            "blocked a@b.example for ada@example.test", "permitted @cd.example for ada@example.test"
        }
    );
    CHECK(is_left_out(from_mysql, "wblist (9, 1)", "no such user"));
}
