#include "gateway/plan.h"

#include "base/ensure.h"

#include <algorithm>

namespace gateway {

using policy::Action;

namespace {

bool same_fields(const policy::Verdict& a, const policy::Verdict& b) {
    return std::equal(
        a.add_fields.begin(),
        a.add_fields.end(),
        b.add_fields.begin(),
        b.add_fields.end(),
        [](const auto& x, const auto& y) { return x.name == y.name && x.value == y.value; }
    );
}

bool leaves_as_one(const Copy& a, const Copy& b) {
    // Two domains may ask for different TLS of one server: the stricter must not lose.
    return a.backend == b.backend && a.backend_tls == b.backend_tls &&
           same_fields(a.verdict, b.verdict);
}

}  // namespace

Plan plan(const std::vector<Copy>& copies) {
    base::ensure(!copies.empty(), "a message without recipients came to its disposal");
    const mail::Reply none(250, mail::EnhancedCode{2, 0, 0}, "OK");
    const auto all = [&](auto&& condition) {
        return std::all_of(copies.begin(), copies.end(), condition);
    };
    for (const auto& copy : copies)
        if (copy.verdict.is_temporary) return {Plan::Kind::refuse, copy.verdict.reply};
    if (all([](const Copy& copy) { return copy.verdict.action == Action::reject; }))
        return {Plan::Kind::refuse, copies.front().verdict.reply};
    if (all([](const Copy& copy) {
            return copy.verdict.action == Action::reject || copy.verdict.action == Action::discard;
        }))
        return {Plan::Kind::drop, none};
    if (all([&](const Copy& copy) {
            return copy.verdict.action == Action::deliver && leaves_as_one(copy, copies.front());
        }))
        return {Plan::Kind::relay, none};
    return {Plan::Kind::store, none};
}

}  // namespace gateway
