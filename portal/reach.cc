#include "portal/reach.h"

namespace portal {

quarantine::Reach reach_of(const accounts::Person& person) {
    quarantine::Reach reach = own_reach_of(person);
    if (person.role != accounts::Role::user) reach.moderator = person.address;
    reach.everything = person.role == accounts::Role::administrator;
    return reach;
}

quarantine::Reach own_reach_of(const accounts::Person& person) {
    quarantine::Reach reach;
    reach.owners = person.addresses;
    reach.owners.insert(reach.owners.end(), person.acts_for.begin(), person.acts_for.end());
    return reach;
}

Actor actor_of(const accounts::Person& person, std::string_view source) {
    return Actor{person.address, std::string(source), reach_of(person)};
}

}  // namespace portal
