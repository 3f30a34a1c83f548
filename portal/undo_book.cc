#include "portal/undo_book.h"

#include <algorithm>
#include <utility>

namespace portal {

std::string UndoBook::add(
    std::string who, std::vector<Done> acts, base::Time until, base::Random& random
) {
    acts_ += acts.size();
    pages_.push_back({base::random_id(random), std::move(who), std::move(acts), until});
    while (acts_ > acts_max && pages_.size() > 1) {
        acts_ -= pages_.front().acts.size();
        pages_.pop_front();
    }
    return pages_.back().token;
}

std::optional<std::vector<Done>> UndoBook::take(
    std::string_view token, std::string_view who, base::Time now
) {
    while (!pages_.empty() && pages_.front().until < now) {
        acts_ -= pages_.front().acts.size();
        pages_.pop_front();
    }
    const auto page = std::find_if(pages_.begin(), pages_.end(), [&](const Page& other) {
        return other.token == token && other.who == who && other.until >= now;
    });
    if (page == pages_.end()) return std::nullopt;
    std::vector<Done> acts = std::move(page->acts);
    acts_ -= acts.size();
    pages_.erase(page);
    return acts;
}

}  // namespace portal
