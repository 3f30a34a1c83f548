#pragma once

#include "imports/mailcow.h"

namespace imports {

// Proxmox Mail Gateway: a dump of three tables, and its spool folder (or a copy made with cp -a),
//
//     su postgres -c 'pg_dump -t cmailstore -t cmsreceivers -t userprefs Proxmox_ruledb' > pmg.sql
//     /var/spool/pmg
//
// Sources: pmg-api, src/PMG/DBTools.pm (the tables), src/PMG/MailQueue.pm (how a mail gets in),
// src/PMG/Quarantine.pm (release, and the lists 'WL' and 'BL'). What that says: rows of
// cmsreceivers with status 'N' wait; `receiver` is NULL when it is `pmail`; the fields Delivered-To
// and Return-Path on top of a file are theirs, and are taken off as their release does. The mail
// has gone through their MIME parser and printer, so its bytes may differ from what was received.
//
// cmailstore.file is only compared with the names that are in the folder, never opened.
base::Result<void> read_pmg(
    const std::filesystem::path& dump,
    const std::filesystem::path& spool_folder,  // "": lists only
    const ReadLimits& limits,
    Finds& finds
);

}  // namespace imports
