#include "accounts/audit.h"
#include "base/utf8.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "portal/file_name.h"
#include "portal/handlers.h"
#include "portal/hold_json.h"
#include "portal/html_view.h"
#include "portal/json_text.h"
#include "portal/known_names.h"
#include "portal/message_content.h"
#include "portal/problem.h"
#include "portal/reach.h"
#include "portal/reason_code.h"
#include "quarantine/message.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

namespace portal {

namespace json = boost::json;
using base::Result;
using base::Task;
using quarantine::Hold;

namespace {

constexpr std::size_t part_bytes_max = 50 * 1024 * 1024;
constexpr std::size_t downloads_max = 8;
// One person whose line has stalled leaves the others theirs.
constexpr std::size_t downloads_of_one_max = 3;
constexpr std::size_t header_fields_max = 500;

// A look at a held mail is in the audit trail before anything of it is shown.
Task<Result<Hold>> look_at(Call& call, std::string_view what) {
    Services& services = call.services;
    auto find = [reach = reach_of(call.person),
                 id = call.path_values[0]](database::Snapshot& snapshot) {
        return quarantine::find(snapshot, reach, id);
    };
    auto hold = co_await services.store.read(std::move(find));
    if (!hold) co_return hold;
    accounts::AuditEntry entry;
    entry.at = services.clock.now();
    entry.who = call.person.address;
    entry.act = "hold.viewed";
    entry.object = hold->id;
    entry.detail = what;
    entry.source = call.client;
    auto note = [entry = std::move(entry)](database::Transaction& transaction) {
        return accounts::add_audit(transaction, entry);
    };
    auto noted = co_await services.store.write(std::move(note));
    if (!noted) co_return base::failure(noted.error());
    co_return hold;
}

Result<mail::MessageBytes> take_out(
    Services& services, const conf::Settings& settings, std::int64_t mail_row
) {
    mail::SpoolSettings spool;
    spool.directory = settings.data_dir;
    auto load = [&](database::Snapshot& snapshot) {
        return quarantine::load_bytes(snapshot, mail_row, spool);
    };
    return services.store.read_and_wait(std::move(load));
}

json::array headers_json(const mail::Header& header) {
    json::array headers;
    for (const mail::HeaderField& field : header.fields()) {
        if (headers.size() == header_fields_max) break;
        json::object one;
        one["name"] = text(field.name);
        one["value"] = text(field.value);
        headers.push_back(std::move(one));
    }
    return headers;
}

json::array parts_json(const mail::MimeFacts& facts) {
    json::array parts;
    for (const mail::Attachment& attachment : facts.attachments) {
        json::object one;
        one["index"] = attachment.index;
        one["name"] = text(attachment.name);
        one["declared_type"] = text(attachment.declared_type);
        one["size"] = attachment.size;
        parts.push_back(std::move(one));
    }
    return parts;
}

json::array history_json(const std::vector<quarantine::HoldEvent>& events) {
    json::array history;
    for (const quarantine::HoldEvent& event : events) {
        json::object one;
        one["at"] = time_text(event.at);
        one["who"] = text(event.who);
        one["act"] = text(event.act);
        one["detail"] = text(event.detail);
        history.push_back(std::move(one));
    }
    return history;
}

json::object why_json(const Hold& hold) {
    json::object why;
    why["summary"] = text(hold.reason);
    why["rule"] = text(hold.rule);
    boost::system::error_code error;
    json::value trace = json::parse(hold.trace, error);
    why["trace"] = !error && trace.is_array() ? std::move(trace) : json::value(json::array());
    const ReasonCode reason = reason_code_of(hold.rule, hold.reason);
    json::object params;
    if (!reason.rule.empty()) params["rule"] = text(reason.rule);
    if (!reason.words.empty()) params["words"] = text(reason.words);
    why["code"] = text(reason.code);
    why["params"] = std::move(params);
    return why;
}

json::array links_json(const std::vector<MailLink>& links) {
    json::array list;
    for (const MailLink& link : links) {
        json::object one;
        one["text"] = text(link.text);
        one["url"] = text(link.url);
        one["host"] = text(link.host);
        one["host_unicode"] = text(link.host_unicode);
        one["differs"] = link.differs;
        list.push_back(std::move(one));
    }
    return list;
}

json::array hosts_json(const std::vector<std::string>& hosts) {
    json::array list;
    for (const std::string& host : hosts) list.push_back(text(host));
    return list;
}

json::value lookalike_json(const std::optional<Lookalike>& lookalike) {
    if (!lookalike) return nullptr;
    json::object object;
    object["name"] = text(lookalike->name);
    object["address"] = text(lookalike->address);
    return object;
}

// A download's place, for as long as it lives.
struct DownloadPlace {
    DownloadPlace(std::size_t& all_places, std::size_t& own_places)
        : all(all_places), own(own_places) {}
    const Counted all;
    const Counted own;
};

bool may_download(const Call& call) {
    return call.settings->quarantine.users_may_download_attachments ||
           call.person.role == accounts::Role::administrator;
}

}  // namespace

Task<Response> show_hold(Call& call) {
    Services& services = call.services;
    auto hold = co_await look_at(call, "text");
    if (!hold) co_return problem(hold.error(), services.log, "showing a hold");

    auto events_of = [id = hold->id](database::Snapshot& snapshot) {
        return quarantine::history(snapshot, id);
    };
    auto events = co_await services.store.read(std::move(events_of));
    if (!events) co_return problem(events.error(), services.log, "reading a history");

    auto names = co_await known_names(services, call.settings);
    if (!names) co_return problem(names.error(), services.log, "reading our people's names");

    auto read =
        [&services, settings = call.settings, row = hold->mail_row]() -> Result<MessageContent> {
        auto bytes = take_out(services, *settings, row);
        if (!bytes) return base::failure(bytes.error(), "taking out a mail");
        return read_content(*bytes);
    };
    auto content = co_await services.reading.run(std::move(read));
    if (!content) co_return problem(content.error(), services.log, "reading a held mail");

    json::object answer = hold_json(call, *hold);
    answer["why"] = why_json(*hold);
    answer["headers"] = headers_json(content->header);
    answer["text"] = text(content->facts.text);
    answer["text_truncated"] = content->facts.text_truncated;
    answer["has_html"] = content->facts.has_html;
    answer["has_remote_images"] = content->has_remote_images;
    answer["remote_image_hosts"] = hosts_json(content->remote_image_hosts);
    answer["inline_images"] = content->inline_images;
    answer["links"] = links_json(content->links);
    // Nothing of ours checks it yet; what a sender writes there itself is no fact.
    answer["authentication"] = nullptr;
    answer["looks_like"] =
        lookalike_json((*names)->find(hold->header_from_name, hold->header_from_address));
    answer["parts"] = parts_json(content->facts);
    answer["history"] = history_json(*events);
    answer["client_address"] = text(hold->client);
    answer["helo"] = text(hold->helo);
    answer["may_download"] = may_download(call);
    co_return json_response(200, answer);
}

Task<Response> show_html(Call& call) {
    Services& services = call.services;
    // Only as a frame of the message page: on its own it could pass for a page of the portal.
    const std::string* destination = call.request.field("sec-fetch-dest");
    if (destination && *destination != "iframe") {
        co_return problem(403, "This is shown only inside the page of the message.");
    }
    const bool images = call.query.get("images") == "1";
    const auto own_images =
        call.query.get("inline") == "1" ? InlineImages::show : InlineImages::leave_out;
    const std::string_view what = images ? "HTML with remote images" : "HTML";
    auto hold = co_await look_at(call, what);
    if (!hold) co_return problem(hold.error(), services.log, "showing a hold");

    auto read = [&services, settings = call.settings, row = hold->mail_row, own_images](
                ) -> Result<std::string> {
        auto bytes = take_out(services, *settings, row);
        if (!bytes) return base::failure(bytes.error(), "taking out a mail");
        return html_to_show(*bytes, own_images);
    };
    auto html = co_await services.reading.run(std::move(read));
    if (!html) co_return problem(html.error(), services.log, "reading a held mail");
    if (html->empty()) co_return problem(404, "This message has no HTML.");
    co_return html_response(std::move(*html), images ? RemoteImages::load : RemoteImages::keep_out);
}

Task<Response> download_part(Call& call) {
    Services& services = call.services;
    if (!may_download(call)) co_return problem(403, "Downloads are not allowed here.");
    const std::string& given = call.path_values[1];
    int index = -1;
    const char* end = given.data() + given.size();
    auto [stop, error] = std::from_chars(given.data(), end, index);
    if (stop != end || error != std::errc() || index < 0) {
        co_return problem(404, "There is no such attachment.");
    }
    std::size_t& own_places = services.reading_parts_of[call.person.row];
    if (services.reading_parts >= downloads_max || own_places >= downloads_of_one_max) {
        co_return problem_later(
            503, "Too many downloads at once. Try again in a moment.", std::chrono::seconds(5)
        );
    }
    // Until it has been sent: a slow reader keeps its attachment in our memory.
    auto place = std::make_shared<const DownloadPlace>(services.reading_parts, own_places);
    const std::string what = fmt::format("attachment {}", index);
    auto hold = co_await look_at(call, what);
    if (!hold) co_return problem(hold.error(), services.log, "showing a hold");

    struct Part {
        std::string name;
        std::string bytes;
    };
    auto read =
        [&services, settings = call.settings, row = hold->mail_row, index]() -> Result<Part> {
        auto bytes = take_out(services, *settings, row);
        if (!bytes) return base::failure(bytes.error(), "taking out a mail");
        auto facts = mail::read_mime(*bytes);
        if (!facts) return base::failure(facts.error());
        for (const mail::Attachment& attachment : facts->attachments) {
            if (attachment.index != index) continue;
            auto part = mail::part_of(*bytes, index, part_bytes_max);
            if (!part) return base::failure(part.error());
            return Part{attachment.name, std::move(*part)};
        }
        return base::failure(base::ErrorKind::not_found, "no attachment {}", index);
    };
    auto part = co_await services.reading.run(std::move(read));
    if (!part) co_return problem(part.error(), services.log, "reading an attachment");
    Response response;
    response.set("Content-Type", "application/octet-stream");
    response.set("Content-Disposition", attachment_disposition(part->name, index));
    response.set("Content-Security-Policy", "sandbox; default-src 'none'");
    response.body = std::move(part->bytes);
    response.place = std::move(place);
    co_return response;
}

}  // namespace portal
