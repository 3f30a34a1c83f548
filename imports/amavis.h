#pragma once

#include "imports/mailcow.h"

namespace imports {

// amavis: its quarantine folder (or a copy made with cp -a, because a file's time is when the mail
// came),
//
//     /var/lib/amavis/virusmails
//
// Sources: amavis 2.13, Amavis.pm (do_quarantine: the fields it puts on top), Amavis/Notify.pm
// (which of them its own release takes off), Amavis/Out/Local.pm (the files). A file is one mail,
// gzip or not; mailbox files ("mbox") and BSMTP are left out. Recipients are those of
// X-Envelope-To-Blocked, or of X-Envelope-To where that is missing (before 2.6).
base::Result<void> read_amavis_folder(
    const std::filesystem::path& folder, const ReadLimits& limits, Finds& finds
);

// The lists of its SQL look-ups, from mysqldump or pg_dump of the tables users, mailaddr, wblist:
//
//     mysqldump amavis users mailaddr wblist > amavis.sql
//
// Source: README.sql-mysql, README.sql-pg and README.lookups of amavis 2.13. "W" and "Y" permit,
// "B" and "N" block, a blank is neutral, anything else is a score.
base::Result<void> read_amavis_lists(const std::filesystem::path& dump, Finds& finds);

}  // namespace imports
