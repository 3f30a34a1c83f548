#include "gateway/inspection.h"

#include <boost/asio/co_spawn.hpp>

#include <optional>

namespace gateway {

using base::Result;
using base::Task;
namespace asio = base::asio;

namespace {

Result<policy::MessageFacts> look_at(const mail::MessageBytes& bytes) {
    auto header = mail::Header::read(bytes);
    if (!header) return base::failure(header.error(), "reading the header");
    auto from = header->from();
    mail::MimeLimits limits;
    limits.text_bytes_max = searched_text_bytes_max;
    auto mime = mail::read_mime(bytes, limits);
    auto fact = mime ? policy::Fact<mail::MimeFacts>(std::move(*mime))
                     : policy::Fact<mail::MimeFacts>::unknown(mime.error().text);
    return policy::MessageFacts{bytes.size(), std::move(*header), std::move(from), std::move(fact)};
}

// Asio wants to make an empty result, which facts cannot be: they go through a pointer.
Task<> look_at_into(
    const mail::MessageBytes* bytes, std::optional<Result<policy::MessageFacts>>* facts
) {
    facts->emplace(look_at(*bytes));
    co_return;
}

}  // namespace

Task<Result<policy::MessageFacts>> inspect(
    const mail::MessageBytes& bytes, asio::thread_pool& workers
) {
    if (bytes.size() <= bytes_on_loop_max) co_return look_at(bytes);
    std::optional<Result<policy::MessageFacts>> facts;
    co_await asio::co_spawn(workers, look_at_into(&bytes, &facts), asio::use_awaitable);
    co_return std::move(*facts);
}

}  // namespace gateway
