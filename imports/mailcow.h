#pragma once

#include "base/result.h"
#include "imports/found.h"

#include <cstdint>
#include <filesystem>

namespace imports {

struct ReadLimits {
    std::uint64_t message_bytes_max = 0;
    mail::SpoolSettings spool;
};

// mailcow: a dump of its tables `quarantine` and `filterconf`,
//
//     docker compose exec -T mysql-mailcow sh -c 'mysqldump -uroot -p"$MYSQL_ROOT_PASSWORD"
//         --default-character-set=utf8mb4 --hex-blob mailcow quarantine filterconf' > mailcow.sql
//
// (on one line).
//
// Sources: mailcow-dockerized, data/web/inc/init_db.inc.php (the tables),
// data/conf/rspamd/meta_exporter/pipe.php (how a mail gets in), data/web/inc/
// functions.policy.inc.php (the lists). What that says of the mails: the envelope sender
// "empty-env-from@localhost" is the null sender; the bytes have gone through
// mb_convert_encoding(…, 'HTML-ENTITIES'), so that bytes above 127 are not what was received (an
// issue that is open there); one row is one mailbox. `created` is local time of their database.
base::Result<void> read_mailcow(
    const std::filesystem::path& dump, const ReadLimits& limits, Finds& finds
);

}  // namespace imports
