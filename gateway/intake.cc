#include "gateway/intake.h"

#include "gateway/smtp_replies.h"

#include <algorithm>

namespace gateway {

using std::chrono::steady_clock;

Intake::Intake(Incoming& incoming) : incoming_(incoming) {}

std::optional<mail::Reply> Intake::begin() {
    auto& store = incoming_.services().store;
    // Whether the message will be held is not known yet: without a place for it, it is not taken.
    if (!store.accepts_writes()) return replies::own_trouble();
    if (!store.has_room_for(0)) return replies::disk_full();
    auto bytes = mail::MessageBytes::create(incoming_.spool());
    if (!bytes) return refusal(bytes.error());
    incoming_.bytes.emplace(std::move(*bytes));
    return std::nullopt;
}

std::optional<mail::Reply> Intake::add(std::string_view bytes) {
    // What many messages have in their temporary files at once must leave the reserve alone, or
    // nothing could be released or deleted.
    const bool in_file = incoming_.bytes->size() > incoming_.settings().smtp.spool_memory_bytes;
    if (in_file && !incoming_.services().store.has_room_for(0)) {
        incoming_.bytes.reset();
        return replies::disk_full();
    }
    const auto added = incoming_.bytes->append(bytes);
    if (added) return std::nullopt;
    const mail::Reply reply = refusal(added.error());
    // The client may go on for long; its file is not needed any more.
    incoming_.bytes.reset();
    return reply;
}

mail::Reply Intake::refusal(const base::Error& error) const {
    incoming_.services().log.error("trouble", {{"id", incoming_.id}, {"error", error.text}});
    return error.kind == base::ErrorKind::disk_full ? replies::disk_full() : replies::own_trouble();
}

Timeout Intake::time_left() const {
    const auto end = started_ + incoming_.settings().smtp.data_total_timeout;
    return std::max(std::chrono::ceil<Timeout>(end - steady_clock::now()), Timeout(1));
}

bool Intake::is_too_slow(std::uint64_t bytes_seen) const {
    const auto& smtp = incoming_.settings().smtp;
    const auto after_grace = steady_clock::now() - started_ - smtp.data_rate_grace;
    if (after_grace.count() <= 0) return false;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after_grace).count();
    return bytes_seen < smtp.data_rate_min * static_cast<std::uint64_t>(seconds);
}

}  // namespace gateway
