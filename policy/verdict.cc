#include "policy/verdict.h"

namespace policy {

std::string_view name_of(Action action) {
    switch (action) {
        case Action::deliver:
            return "deliver";
        case Action::hold:
            return "hold";
        case Action::reject:
            return "reject";
        case Action::discard:
            return "discard";
    }
    return "reject";
}

std::string_view name_of(TraceStep::Outcome outcome) {
    switch (outcome) {
        case TraceStep::Outcome::matched:
            return "matched";
        case TraceStep::Outcome::not_matched:
            return "not matched";
        case TraceStep::Outcome::unknown:
            return "unknown";
        case TraceStep::Outcome::skipped:
            return "skipped";
    }
    return "unknown";
}

}  // namespace policy
