#include "base/utf8.h"
#include "policy/condition.h"
#include "policy/condition_kinds.h"
#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace policy {

namespace {

struct MessageTest : Condition::Test {
    bool needs_message() const final { return true; }
    Finding judge(const Evidence& evidence) const final { return look(*evidence.message); }
    virtual Finding look(const MessageFacts& message) const = 0;
};

// Decoding costs more than looking, and most fields are plain.
bool needs_decoding(std::string_view value) {
    return value.find("=?") != std::string_view::npos || !base::is_utf8(value);
}

// "Not found" in a header of which only the beginning could be read says nothing.
Finding not_found(const MessageFacts& message, std::string words) {
    if (message.header.truncated())
        return unknown("the header is too long and could only be read in part");
    return no(std::move(words));
}

Finding mime_unknown(const MessageFacts& message) {
    return unknown("the parts of the mail could not be read: " + plain(message.mime.why_unknown()));
}

struct HeaderFromTest final : MessageTest {
    explicit HeaderFromTest(AddressSet given) : senders(std::move(given)) {}
    Finding look(const MessageFacts& message) const override {
        std::string first;
        for (const mail::HeaderMailbox& mailbox : message.header_from) {
            if (!mailbox.address) continue;
            Finding finding = judge_address("From address", *mailbox.address, senders);
            if (finding.answer == Answer::yes) return finding;
            if (first.empty()) first = std::move(finding.words);
        }
        return not_found(message, first.empty() ? "the mail has no From address" : first);
    }
    std::string text() const override { return "header From " + senders.text(); }
    AddressSet senders;
};

struct SizeTest final : MessageTest {
    enum class Bound { larger, smaller };
    SizeTest(Bound which, std::uint64_t given) : bound(which), bytes(given) {}
    Finding look(const MessageFacts& message) const override {
        const bool matches = bound == Bound::larger ? message.size > bytes : message.size < bytes;
        return {
            matches ? Answer::yes : Answer::no, fmt::format("the mail has {} bytes", message.size)
        };
    }
    std::string text() const override {
        return fmt::format(
            "{} than {} bytes", bound == Bound::larger ? "larger" : "smaller", bytes
        );
    }
    Bound bound;
    std::uint64_t bytes;
};

struct SubjectTest final : MessageTest {
    explicit SubjectTest(TextPatterns given) : patterns(std::move(given)) {}
    Finding look(const MessageFacts& message) const override {
        // Every Subject field: which one a mail reader shows is the reader's choice.
        std::vector<std::string> subjects = message.header.all("Subject");
        for (std::string& subject : subjects)
            if (needs_decoding(subject)) subject = mail::decode_words(subject);
        if (subjects.empty()) subjects.emplace_back();
        for (const std::string& subject : subjects)
            if (const auto found = patterns.find(subject))
                return yes(
                    fmt::format("the subject {} matches {}", in_quotes(subject), in_quotes(*found))
                );
        return not_found(message, fmt::format("the subject is {}", in_quotes(subjects.front())));
    }
    std::string text() const override { return "subject " + patterns.text(); }
    TextPatterns patterns;
};

struct HeaderTest final : MessageTest {
    HeaderTest(std::string field, TextPatterns given)
        : name(std::move(field)), patterns(std::move(given)) {}
    Finding look(const MessageFacts& message) const override {
        const std::vector<std::string> values = message.header.all(name);
        for (const std::string& value : values) {
            // Both forms, so that nobody hides a word in an encoded word or behind one.
            auto found = patterns.find(value);
            if (!found && needs_decoding(value)) found = patterns.find(mail::decode_words(value));
            if (found)
                return yes(fmt::format(
                    "the field {}: {} matches {}", name, plain(value), in_quotes(*found)
                ));
        }
        return not_found(
            message,
            values.empty() ? fmt::format("the mail has no field {}", name)
                           : fmt::format("the field {} does not match", name)
        );
    }
    std::string text() const override { return fmt::format("header {} {}", name, patterns.text()); }
    std::string name;
    TextPatterns patterns;
};

// One attachment that matches is enough.
struct AttachmentTest : MessageTest {
    Finding look(const MessageFacts& message) const final {
        if (!message.mime.is_known()) return mime_unknown(message);
        const std::vector<mail::Attachment>& attachments = message.mime.value().attachments;
        for (const mail::Attachment& attachment : attachments)
            if (auto words = matching(attachment)) return yes(std::move(*words));
        if (attachments.empty()) return no("the mail has no attachment");
        return no(fmt::format("none of the attachments ({}) matches", attachments.size()));
    }
    // How it matches, in words.
    virtual std::optional<std::string> matching(const mail::Attachment& attachment) const = 0;
};

struct AttachmentNameTest final : AttachmentTest {
    explicit AttachmentNameTest(TextPatterns given) : patterns(std::move(given)) {}
    std::optional<std::string> matching(const mail::Attachment& attachment) const override {
        const auto found = patterns.find(attachment.name);
        if (!found) return std::nullopt;
        return fmt::format(
            "the attachment {} matches {}", in_quotes(attachment.name), in_quotes(*found)
        );
    }
    std::string text() const override { return "attachment name " + patterns.text(); }
    TextPatterns patterns;
};

struct AttachmentExtensionTest final : AttachmentTest {
    explicit AttachmentExtensionTest(std::vector<std::string> given)
        : listed_first(given), extensions(given.begin(), given.end()) {}
    std::optional<std::string> matching(const mail::Attachment& attachment) const override {
        if (!extensions.contains(attachment.extension)) return std::nullopt;
        return fmt::format(
            "the attachment {} has the extension {}",
            in_quotes(attachment.name),
            plain(attachment.extension)
        );
    }
    std::string text() const override {
        return "attachment extension " + listed(listed_first, listed_first.size());
    }
    std::vector<std::string> listed_first;
    std::unordered_set<std::string> extensions;
};

struct AttachmentTypeTest final : AttachmentTest {
    explicit AttachmentTypeTest(std::vector<std::string> given) : types(std::move(given)) {}
    std::optional<std::string> matching(const mail::Attachment& attachment) const override {
        const std::string_view declared = attachment.declared_type;
        for (const std::string_view type : types) {
            const bool is_family = type.ends_with("/*");
            if (is_family ? declared.starts_with(type.substr(0, type.size() - 1))
                          : declared == type)
                return fmt::format(
                    "the attachment {} says it is {}", in_quotes(attachment.name), plain(declared)
                );
        }
        return std::nullopt;
    }
    std::string text() const override { return "attachment type " + listed(types, types.size()); }
    std::vector<std::string> types;
};

// RFC 5322 §3.6: exactly one From field; here also with exactly one address, because what a person
// is shown otherwise depends on the mail reader.
bool has_one_from(const MessageFacts& message) {
    return message.header.count("From") == 1 && message.header_from.size() == 1 &&
           message.header_from.front().address;
}

struct AmbiguousTest final : MessageTest {
    explicit AmbiguousTest(std::vector<mail::Ambiguity> given) : ambiguities(std::move(given)) {}
    Finding look(const MessageFacts& message) const override {
        if (!has_one_from(message) && is_meant(mail::Ambiguity::not_one_from))
            return found(mail::Ambiguity::not_one_from);
        if (message.header.malformed() && is_meant(mail::Ambiguity::malformed_header))
            return found(mail::Ambiguity::malformed_header);
        if (message.header.truncated() && is_meant(mail::Ambiguity::header_too_long))
            return found(mail::Ambiguity::header_too_long);
        if (!needs_parts()) return no("the header can be read in one way only");
        if (!message.mime.is_known()) return mime_unknown(message);
        for (const mail::Ambiguity ambiguity : message.mime.value().ambiguities)
            if (is_meant(ambiguity)) return found(ambiguity);
        return no("the mail can be read in one way only");
    }
    std::string text() const override {
        std::vector<std::string> names;
        names.reserve(ambiguities.size());
        for (const mail::Ambiguity ambiguity : ambiguities)
            names.emplace_back(mail::name_of(ambiguity));
        return names.empty() ? "ambiguous" : "ambiguous " + listed(names, names.size());
    }

  private:
    bool is_meant(mail::Ambiguity ambiguity) const {
        return ambiguities.empty() ||
               std::find(ambiguities.begin(), ambiguities.end(), ambiguity) != ambiguities.end();
    }
    // Whether the sender is clear is known from the header alone, even when the parts are not.
    bool needs_parts() const {
        return ambiguities.empty() ||
               std::any_of(ambiguities.begin(), ambiguities.end(), [](mail::Ambiguity ambiguity) {
                   return ambiguity != mail::Ambiguity::not_one_from;
               });
    }
    static Finding found(mail::Ambiguity ambiguity) {
        return yes(fmt::format("{} ({})", mail::explain(ambiguity), mail::name_of(ambiguity)));
    }
    std::vector<mail::Ambiguity> ambiguities;
};

}  // namespace

Condition Condition::header_from(AddressSet senders) {
    return of<HeaderFromTest>(std::move(senders));
}
Condition Condition::larger_than(std::uint64_t bytes) {
    return of<SizeTest>(SizeTest::Bound::larger, bytes);
}
Condition Condition::smaller_than(std::uint64_t bytes) {
    return of<SizeTest>(SizeTest::Bound::smaller, bytes);
}
Condition Condition::subject(TextPatterns patterns) {
    return of<SubjectTest>(std::move(patterns));
}
Condition Condition::header(std::string name, TextPatterns patterns) {
    return of<HeaderTest>(std::move(name), std::move(patterns));
}
Condition Condition::attachment_name(TextPatterns patterns) {
    return of<AttachmentNameTest>(std::move(patterns));
}
Condition Condition::attachment_extension(std::vector<std::string> extensions) {
    return of<AttachmentExtensionTest>(std::move(extensions));
}
Condition Condition::attachment_type(std::vector<std::string> types) {
    return of<AttachmentTypeTest>(std::move(types));
}
Condition Condition::ambiguous(std::vector<mail::Ambiguity> ambiguities) {
    return of<AmbiguousTest>(std::move(ambiguities));
}

const std::vector<mail::Ambiguity>& all_ambiguities() {
    static const std::vector<mail::Ambiguity> all = {
        mail::Ambiguity::duplicate_content_type,
        mail::Ambiguity::duplicate_transfer_encoding,
        mail::Ambiguity::malformed_header,
        mail::Ambiguity::odd_boundary,
        mail::Ambiguity::unknown_encoding,
        mail::Ambiguity::broken_encoding,
        mail::Ambiguity::names_differ,
        mail::Ambiguity::raw_nul,
        mail::Ambiguity::uuencode_in_text,
        mail::Ambiguity::partial_message,
        mail::Ambiguity::too_deep,
        mail::Ambiguity::too_many_parts,
        mail::Ambiguity::header_too_long,
        mail::Ambiguity::not_one_from
    };
    return all;
}

std::optional<mail::Ambiguity> ambiguity_named(std::string_view name) {
    for (const mail::Ambiguity ambiguity : all_ambiguities())
        if (mail::name_of(ambiguity) == name) return ambiguity;
    return std::nullopt;
}

}  // namespace policy
