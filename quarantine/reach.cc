#include "quarantine/reach.h"

#include "base/sha256.h"

namespace quarantine {

std::string within_reach(const Reach& reach, std::string_view hold, Values& values) {
    if (reach.everything) return "1";
    return fmt::format(
        "(({0}.kind = 'user' AND {0}.owner IN (SELECT value FROM json_each({1}))) OR "
        "({0}.kind = 'moderator' AND EXISTS (SELECT 1 FROM hold_moderator reached "
        "WHERE reached.hold = {0}.row AND reached.moderator = {2})))",
        hold,
        values.add(json_array(reach.owners)),
        values.add(reach.moderator)
    );
}

std::string owner_word(std::string_view owner) {
    return "o" + base::to_hex(owner);
}

std::string moderator_word(std::string_view moderator) {
    return "m" + base::to_hex(moderator);
}

}  // namespace quarantine
