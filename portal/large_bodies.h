#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace portal {

// Places for bodies that are megabytes, of requests or of answers: without a bound each of the many
// connections could fill memory with one, by sending or by reading it slowly. On one loop.
class LargeBodies {
  public:
    static constexpr std::size_t bytes = 512 * 1024;  // what may be more needs a place

    // How many at once, and how many of them for one client.
    explicit LargeBodies(std::size_t places_max = 8, std::size_t places_of_one_max = 2)
        : places_max_(places_max), places_of_one_max_(places_of_one_max) {}

    // Until the exchange has ended; null: none is free.
    std::shared_ptr<const void> take(const std::string& client) {
        const auto own = of_client_.find(client);
        if (taken_ >= places_max_) return nullptr;
        if (own != of_client_.end() && own->second >= places_of_one_max_) return nullptr;
        return std::make_shared<const Place>(*this, client);
    }

  private:
    struct Place {
        Place(LargeBodies& bodies_, std::string client_)
            : bodies(bodies_), client(std::move(client_)) {
            ++bodies.taken_;
            ++bodies.of_client_[client];
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            --bodies.taken_;
            if (--bodies.of_client_[client] == 0) bodies.of_client_.erase(client);
        }
        LargeBodies& bodies;
        std::string client;
    };

    std::size_t places_max_;
    std::size_t places_of_one_max_;
    std::size_t taken_ = 0;
    std::map<std::string, std::size_t> of_client_;
};

}  // namespace portal
