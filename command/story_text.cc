#include "base/utf8.h"
#include "command/options.h"
#include "command/story.h"

#include <boost/json.hpp>

#include <array>
#include <utility>

namespace command {

namespace json = boost::json;

namespace {

constexpr std::size_t text_bytes_max = 300;

std::string cut(std::string_view text) {
    return shown(text, text_bytes_max);
}

std::string address_text(std::string_view sender) {
    return sender.empty() ? "<>" : cut(sender);
}

// ` by rule "no executables"`, or nothing when no rule had a part in it.
std::string by_rule(const StoryEvent& event) {
    if (event.rule.empty() || event.rule == "nothing matched" || event.rule == "back end")
        return {};
    return fmt::format(" by rule \"{}\"", cut(event.rule));
}

std::string behind_colon(std::string_view text) {
    return text.empty() ? std::string() : fmt::format(": {}", cut(text));
}

std::string for_backend(const StoryEvent& event) {
    return event.backend.empty() ? std::string(" back end")
                                 : fmt::format(" back end {}", cut(event.backend));
}

// Who said no, and what the client was told.
std::string no_said_by(const StoryEvent& event) {
    std::string text = event.backend.empty() ? by_rule(event) : " by the" + for_backend(event);
    if (event.stage == "recipient") text = " at RCPT" + text;
    text += behind_colon(event.reply);
    if (!event.reason.empty()) text += fmt::format(" ({})", cut(event.reason));
    return text;
}

std::string hold_named(const StoryEvent& event) {
    return event.hold.empty() ? std::string() : fmt::format(" [hold {}]", cut(event.hold));
}

std::string words_of_now(const StoryEvent& event) {
    const auto time = base::to_rfc3339(event.at);
    if (event.what == "on hold")
        return fmt::format("is on hold until {}{}", time, hold_named(event));
    if (event.what == "being sent") return "is being sent to the back end just now";
    return fmt::format(
        "waits to be sent: {} {} so far, the next at {}",
        event.tries,
        event.tries == 1 ? "try" : "tries",
        time
    );
}

std::string words_of(const StoryEvent& event) {
    const auto& what = event.what;
    if (event.stage == "now") return words_of_now(event);
    if (event.stage == "decision")
        return fmt::format("{} by {}{}", cut(what), cut(event.by), hold_named(event));
    if (what == "relayed")
        return "relayed at once to" + for_backend(event) + behind_colon(event.reply) +
               by_rule(event);
    if (what == "held")
        return "held" + by_rule(event) + behind_colon(event.reason) + hold_named(event);
    if (what == "queued") return "taken, to be sent on by itself" + by_rule(event);
    if (what == "refused") return "refused" + no_said_by(event);
    if (what == "deferred") return "put off, the client was to come again" + no_said_by(event);
    if (what == "rejected")
        return "not delivered" + by_rule(event) + behind_colon(event.reason) +
               " (other recipients of the mail are not concerned)";
    if (what == "discarded") return "discarded" + by_rule(event) + behind_colon(event.reason);
    if (what == "abandoned") return "the client went away in the middle of the message";
    if (what == "delivered") return "delivered to" + for_backend(event) + behind_colon(event.reply);
    if (what == "retried")
        return "not delivered yet, to be tried again:" + for_backend(event) +
               behind_colon(event.reply);
    if (what == "failed") return "given up:" + for_backend(event) + behind_colon(event.reply);
    return cut(what) + behind_colon(event.reply) + hold_named(event);
}

json::string json_text(std::string_view value) {
    return json::string(base::to_valid_utf8(value));
}

void put(json::object& object, std::string_view name, std::string_view value) {
    if (!value.empty()) object[json::string_view(name.data(), name.size())] = json_text(value);
}

}  // namespace

std::string story_text(const Story& story) {
    std::string text = fmt::format("{} from {}", cut(story.id), address_text(story.sender));
    if (!story.header_from.empty() && story.header_from != story.sender)
        text += fmt::format(", header From {}", cut(story.header_from));
    if (!story.message_id.empty()) text += fmt::format(", Message-ID {}", cut(story.message_id));
    if (story.size > 0) text += fmt::format(", {} bytes", story.size);
    if (!story.subject.empty()) text += fmt::format(", subject \"{}\"", cut(story.subject));
    text += '\n';
    const auto line = [&](std::string_view time, const std::string& words) {
        text += fmt::format("  {:<24}  {}\n", time, words);
    };
    if (story.received_at != base::Time()) {
        std::string from = fmt::format("received from {}", cut(story.client));
        if (!story.helo.empty()) from += fmt::format(" ({})", cut(story.helo));
        from += story.tls.empty() ? ", not encrypted" : ", " + cut(story.tls);
        line(base::to_rfc3339(story.received_at), from);
    }
    for (const auto& event : story.events)
        line(
            event.stage == "now" ? "now" : base::to_rfc3339(event.at),
            fmt::format("{} {}", cut(event.recipient), words_of(event))
        );
    return text;
}

std::string story_json(const Story& story) {
    json::object object;
    object["id"] = json_text(story.id);
    if (story.received_at != base::Time())
        object["received_at"] = base::to_rfc3339(story.received_at);
    object["sender"] = json_text(story.sender);
    put(object, "header_from", story.header_from);
    put(object, "message_id", story.message_id);
    put(object, "subject", story.subject);
    put(object, "client", story.client);
    put(object, "helo", story.helo);
    put(object, "tls", story.tls);
    object["size"] = story.size;
    json::array events;
    for (const auto& event : story.events) {
        json::object one;
        // What is now names when it ends, or is tried next.
        one[event.stage == "now" ? "until" : "at"] = base::to_rfc3339(event.at);
        put(one, "recipient", event.recipient);
        put(one, "event", event.what);
        put(one, "stage", event.stage);
        put(one, "by", event.by);
        put(one, "rule", event.rule);
        put(one, "reason", event.reason);
        put(one, "hold", event.hold);
        put(one, "backend", event.backend);
        put(one, "reply", event.reply);
        if (event.stage == "now" && event.what != "on hold") one["tries"] = event.tries;
        events.push_back(std::move(one));
    }
    object["events"] = std::move(events);
    return json::serialize(object);
}

}  // namespace command
