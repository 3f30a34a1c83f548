#include "policy/condition.h"

#include "policy/condition_kinds.h"
#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace policy {

std::string_view name_of(Answer answer) {
    switch (answer) {
        case Answer::no:
            return "no";
        case Answer::yes:
            return "yes";
        case Answer::unknown:
            return "unknown";
    }
    return "unknown";
}

Condition Condition::negated() const {
    Condition result(*this);
    result.is_negated_ = !is_negated_;
    return result;
}

Finding Condition::judge(const Evidence& evidence) const {
    Finding finding = evidence.message == nullptr && needs_message()
                          ? unknown("the message has not been received yet")
                          : test_->judge(evidence);
    if (is_negated_) finding.answer = negation_of(finding.answer);
    return finding;
}

bool Condition::needs_message() const {
    return test_->needs_message();
}

std::string Condition::text() const {
    return is_negated_ ? "not " + test_->text() : test_->text();
}

Finding judge_address(
    std::string_view what, const mail::Address& address, const AddressSet& addresses
) {
    const std::string shown = plain(address.display());
    const auto entry = addresses.find(address);
    if (!entry) return no(fmt::format("the {} {} is not in the list", what, shown));
    if (*entry == address.key()) return yes(fmt::format("the {} is {}", what, shown));
    return yes(fmt::format("the {} {} is within {}", what, shown, *entry));
}

namespace {

struct SenderTest final : Condition::Test {
    explicit SenderTest(AddressSet given) : senders(std::move(given)) {}
    Finding judge(const Evidence& evidence) const override {
        const mail::Sender& sender = evidence.envelope.sender;
        if (!sender.is_null()) return judge_address("sender", sender.address(), senders);
        return senders.has_null_sender() ? yes("the sender is empty (a notice)")
                                         : no("the sender is empty (a notice)");
    }
    std::string text() const override { return "sender " + senders.text(); }
    AddressSet senders;
};

struct RecipientTest final : Condition::Test {
    explicit RecipientTest(AddressSet given) : recipients(std::move(given)) {}
    Finding judge(const Evidence& evidence) const override {
        return judge_address("recipient", evidence.envelope.recipient, recipients);
    }
    std::string text() const override { return "recipient " + recipients.text(); }
    AddressSet recipients;
};

struct ClientTest final : Condition::Test {
    explicit ClientTest(std::vector<mail::IpNetwork> given) : networks(std::move(given)) {}
    Finding judge(const Evidence& evidence) const override {
        const mail::IpAddress& client = evidence.envelope.client;
        for (const mail::IpNetwork& network : networks)
            if (network.contains(client))
                return yes(fmt::format("the client {} is in {}", client.text(), network.text()));
        return no(fmt::format("the client {} is in none of the networks", client.text()));
    }
    std::string text() const override {
        std::vector<std::string> some;
        for (std::size_t i = 0; i < networks.size() && i < listed_max; ++i)
            some.push_back(networks[i].text());
        return "client " + listed(some, networks.size());
    }
    std::vector<mail::IpNetwork> networks;
};

struct ListenerTest final : Condition::Test {
    explicit ListenerTest(std::vector<std::string> given) : names(std::move(given)) {}
    Finding judge(const Evidence& evidence) const override {
        const std::string& listener = evidence.envelope.listener;
        const bool found = std::find(names.begin(), names.end(), listener) != names.end();
        return {
            found ? Answer::yes : Answer::no,
            fmt::format("the mail came in through listener {}", in_quotes(listener))
        };
    }
    std::string text() const override { return "listener " + listed(names, names.size()); }
    std::vector<std::string> names;
};

struct RecipientsOverTest final : Condition::Test {
    explicit RecipientsOverTest(std::uint64_t given) : count(given) {}
    Finding judge(const Evidence& evidence) const override {
        const std::uint64_t seen = evidence.envelope.recipient_count;
        if (seen > count) return yes(fmt::format("the mail has {} recipients", seen));
        if (evidence.message == nullptr)
            return unknown(fmt::format("only {} recipients are known so far", seen));
        return no(fmt::format("the mail has {} recipients", seen));
    }
    std::string text() const override { return fmt::format("more than {} recipients", count); }
    std::uint64_t count;
};

}  // namespace

Condition Condition::sender(AddressSet senders) {
    return of<SenderTest>(std::move(senders));
}
Condition Condition::recipient(AddressSet recipients) {
    return of<RecipientTest>(std::move(recipients));
}
Condition Condition::client(std::vector<mail::IpNetwork> networks) {
    return of<ClientTest>(std::move(networks));
}
Condition Condition::listener(std::vector<std::string> names) {
    return of<ListenerTest>(std::move(names));
}
Condition Condition::recipients_over(std::uint64_t count) {
    return of<RecipientsOverTest>(count);
}

}  // namespace policy
