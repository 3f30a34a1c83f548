#pragma once

#include "accounts/people.h"
#include "portal/acts.h"

#include <string_view>

namespace portal {

// What a person's role lets them see and act on. The one place where a role becomes a right over
// holds: user: their own and those of mailboxes they act for; moderator: also those that name them;
// administrator: all.
quarantine::Reach reach_of(const accounts::Person& person);

// Only what is the person's own or of a mailbox they act for, whatever the role.
quarantine::Reach own_reach_of(const accounts::Person& person);

Actor actor_of(const accounts::Person& person, std::string_view source);

}  // namespace portal
