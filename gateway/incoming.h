#pragma once

#include "base/clock.h"
#include "gateway/loop.h"
#include "gateway/smtp_session.h"
#include "mail/message_bytes.h"
#include "mail/reply.h"
#include "policy/evaluate.h"

#include <optional>
#include <string>
#include <vector>

namespace gateway {

// Who is at the other end of a connection.
struct Client {
    mail::IpAddress address;
    std::string listener;  // its name, for rules
};

// What a recipient's own lists say of the envelope sender, as RCPT found it.
struct KnownLists {
    std::string recipient;  // key
    policy::PersonalLists lists;
};

// One message on its way in: what this side keeps while the session reads it. Destroyed and made
// anew for the next.
struct Incoming {
    Loop& loop;
    OpenConnection& connection;
    const Client& client;
    const SmtpSession& session;
    std::string id;                            // of the 250, the log and the portal
    std::shared_ptr<const Current> current;    // the settings this message is judged by
    std::optional<mail::MessageBytes> bytes;   // from DATA on
    std::optional<mail::Reply> backend_reply;  // to the message, once it was relayed
    std::vector<KnownLists> known_lists = {};  // of the recipients that RCPT named

    Services& services() const { return loop.services(); }
    const conf::Settings& settings() const { return *current->settings; }
    mail::SpoolSettings spool() const {
        return {settings().data_dir, settings().smtp.spool_memory_bytes};
    }
};

// The transaction with this back end, begun when there is none yet.
BackendTransaction& backend_of(Incoming& incoming, const conf::ProtectedDomain& domain);

}  // namespace gateway
