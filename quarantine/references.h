#pragma once

#include "base/result.h"
#include "database/statement.h"

#include <cstdint>

namespace quarantine {

// Who still needs a mail: the outbox and holds need its bytes, except expired holds, which only
// need its facts.

// Lets go of the bytes and the text when only expired holds are left. True when they went.
base::Result<bool> drop_bytes_if_unneeded(
    database::Transaction& transaction, std::int64_t mail_row
);

// Removes facts and bytes when neither a hold nor the outbox refers to the mail. True when removed.
base::Result<bool> remove_mail_if_unreferenced(
    database::Transaction& transaction, std::int64_t mail_row
);

}  // namespace quarantine
