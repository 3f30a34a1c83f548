#include "mail/envelope.h"

#include <algorithm>

namespace mail {

bool needs_smtputf8(const Envelope& envelope) {
    if (!envelope.sender.is_null() && !envelope.sender.address().is_ascii()) return true;
    return std::any_of(
        envelope.recipients.begin(),
        envelope.recipients.end(),
        [](const Recipient& recipient) { return !recipient.address.is_ascii(); }
    );
}

}  // namespace mail
