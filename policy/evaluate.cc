#include "policy/evaluate.h"

#include "policy/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace policy {

namespace {

constexpr std::string_view reject_stage = "administrator reject";
constexpr std::string_view deliver_stage = "administrator deliver";
constexpr std::string_view lists_stage = "managed senders";
constexpr std::string_view rules_stage = "rules";

// A mail may name thousands of From addresses; all are judged, so many are told.
constexpr std::size_t identities_told_max = 20;

// A rule as one mail meets it.
struct Match {
    const Rule* rule = nullptr;
    Answer answer = Answer::no;
    std::string words;
};

// All conditions together: one "no" is enough, then one "unknown" (Kleene's conjunction).
Match judge(const Rule& rule, const Evidence& evidence) {
    Match match{&rule, Answer::yes, {}};
    for (const Condition& condition : rule.conditions) {
        Finding finding = condition.judge(evidence);
        if (finding.answer == Answer::no) return {&rule, Answer::no, std::move(finding.words)};
        if (match.answer == Answer::unknown) continue;
        if (finding.answer == Answer::unknown) {
            match.answer = Answer::unknown;
            match.words = std::move(finding.words);
            continue;
        }
        if (!match.words.empty()) match.words += "; ";
        match.words += finding.words;
    }
    if (rule.conditions.empty()) match.words = "the rule is for every mail";
    return match;
}

bool depends_on_lists(const Rule& rule) {
    return rule.is_spam_check || rule.trusted_senders_may;
}

bool is_early_refusal(const Rule& rule) {
    if (rule.action != Action::reject && rule.action != Action::discard) return false;
    if (depends_on_lists(rule)) return false;
    for (const Condition& condition : rule.conditions)
        if (condition.needs_message()) return false;
    return true;
}

bool is_administrators_permit(const Rule& rule) {
    return rule.action == Action::deliver && !depends_on_lists(rule);
}

// Rising strictness.
int strictness(const Rule& rule) {
    switch (rule.action) {
        case Action::deliver:
            return 0;
        case Action::hold:
            return 1 + static_cast<int>(rule.hold_for);
        case Action::discard:
            return 8;
        case Action::reject:
            return 9;
    }
    return 9;
}

TraceStep::Outcome outcome_of(Answer answer) {
    switch (answer) {
        case Answer::no:
            return TraceStep::Outcome::not_matched;
        case Answer::yes:
            return TraceStep::Outcome::matched;
        case Answer::unknown:
            return TraceStep::Outcome::unknown;
    }
    return TraceStep::Outcome::unknown;
}

std::string reason_of(const Match& match) {
    if (!match.rule->reason.empty()) return match.rule->reason;
    std::string_view done;
    switch (match.rule->action) {
        case Action::deliver:
            done = "Delivered";
            break;
        case Action::hold:
            done = "Held";
            break;
        case Action::reject:
            done = "Refused";
            break;
        case Action::discard:
            done = "Discarded";
            break;
    }
    return fmt::format(
        "{} by the mail administrator's rule \"{}\": {}.", done, match.rule->name, match.words
    );
}

std::string name_of_entry(const ManagedEntry& entry) {
    return fmt::format("{} {}", name_of(entry.list), entry.pattern.key);
}

class Evaluation {
  public:
    Evaluation(const Rules& rules, const Evidence& evidence, const PersonalLists& lists)
        : rules_(rules), evidence_(evidence), entries_(lists.entries) {}

    std::optional<Verdict> at_recipient() {
        const Match refusal = early_refusal();
        if (refusal.rule != nullptr) return of_rule(refusal);
        look_for_permit();
        look_at_lists();
        if (block_.entry == nullptr || permit_rule_.rule != nullptr) return std::nullopt;
        // A deliver rule that still may match comes before the block.
        if (unknown_.rule != nullptr) return std::nullopt;
        return of_block();
    }

    Verdict after_message() {
        const Match refusal = early_refusal();
        if (refusal.rule != nullptr) return of_rule(refusal);
        look_for_permit();
        look_at_lists();
        // With a deliver rule that is unknown the block may or may not stand; only a reject is
        // certain.
        if (block_.entry != nullptr && permit_rule_.rule == nullptr && unknown_.rule == nullptr)
            return of_block();
        look_at_rules();
        if (strictest_.rule != nullptr && strictest_.rule->action == Action::reject)
            return of_rule(strictest_);
        if (unknown_.rule != nullptr) return of_unknown();
        if (strictest_.rule != nullptr && strictness(*strictest_.rule) > 0)
            return of_rule(strictest_);
        if (permit_rule_.rule != nullptr) return of_rule(permit_rule_);
        if (strictest_.rule != nullptr) return of_rule(strictest_);
        return of_nothing();
    }

  private:
    // An identity of the sender and the entry that covers it.
    struct Covered {
        const ManagedEntry* entry = nullptr;
        std::string words;
    };

    // Judges one rule, with what the rule itself says about an unknown match, and tells it.
    Match consider(std::string_view stage, const Rule& rule) {
        Match match = judge(rule, evidence_);
        const TraceStep::Outcome outcome = outcome_of(match.answer);
        if (match.answer == Answer::unknown && evidence_.message != nullptr) {
            if (rule.on_unknown == OnUnknown::matches) {
                match.answer = Answer::yes;
                match.words += "; the rule counts what is unknown as a match";
            } else if (rule.on_unknown == OnUnknown::does_not_match) {
                match.answer = Answer::no;
                match.words += "; the rule counts what is unknown as no match";
            }
        }
        tell(stage, rule.name, outcome, match.words);
        if (match.answer == Answer::yes &&
            (rule.action == Action::deliver || rule.action == Action::hold))
            verdict_.add_fields.insert(
                verdict_.add_fields.end(), rule.add_fields.begin(), rule.add_fields.end()
            );
        return match;
    }

    void tell(
        std::string_view stage, std::string rule, TraceStep::Outcome outcome, std::string detail
    ) {
        verdict_.trace.push_back({std::string(stage), std::move(rule), outcome, std::move(detail)});
    }

    Match early_refusal() {
        Match found;
        for (const Rule& rule : rules_) {
            if (!is_early_refusal(rule)) continue;
            Match match = consider(reject_stage, rule);
            if (match.answer != Answer::yes) continue;
            if (found.rule == nullptr || strictness(rule) > strictness(*found.rule))
                found = std::move(match);
            if (rule.action == Action::reject) break;
        }
        return found;
    }

    void look_for_permit() {
        for (const Rule& rule : rules_) {
            if (!is_administrators_permit(rule)) continue;
            Match match = consider(deliver_stage, rule);
            if (match.answer == Answer::unknown && unknown_.rule == nullptr)
                unknown_ = std::move(match);
            else if (match.answer == Answer::yes && permit_rule_.rule == nullptr)
                permit_rule_ = std::move(match);
        }
    }

    void look_at_lists() {
        const mail::Sender& sender = evidence_.envelope.sender;
        bool is_all_trusted = false;
        if (!sender.is_null()) look_at(sender.address(), "the sender");
        if (evidence_.message != nullptr && !evidence_.message->header_from.empty()) {
            is_all_trusted = true;
            std::unordered_set<std::string_view> seen;
            for (const mail::HeaderMailbox& mailbox : evidence_.message->header_from) {
                if (!mailbox.address) {
                    is_all_trusted = false;
                    continue;
                }
                if (!seen.insert(mailbox.address->key()).second) continue;
                look_at(*mailbox.address, "the From address");
                const ManagedEntry* trusting = entries_.trusting(*mailbox.address);
                if (trusting == nullptr)
                    is_all_trusted = false;
                else
                    tell_entry(
                        *trusting, covered_words("the From address", *mailbox.address, *trusting)
                    );
            }
        }
        is_trusted_ = is_all_trusted;
        if (identities_told_ == 0)
            tell(lists_stage, "", TraceStep::Outcome::not_matched, "no entry covers the sender");
    }

    void look_at(const mail::Address& identity, std::string_view what) {
        const ManagedEntry* entry = entries_.deciding(identity);
        if (entry == nullptr) return;
        std::string words = covered_words(what, identity, *entry);
        const bool is_block = entry->list == SenderList::blocked;
        if (is_block && permit_rule_.rule != nullptr) {
            if (identities_told_++ < identities_told_max)
                tell(
                    lists_stage,
                    name_of_entry(*entry),
                    TraceStep::Outcome::skipped,
                    fmt::format("{}, but the rule \"{}\" delivers", words, permit_rule_.rule->name)
                );
        } else {
            tell_entry(*entry, words);
        }
        Covered& covered = is_block ? block_ : permit_;
        if (covered.entry == nullptr) covered = {entry, std::move(words)};
    }

    void tell_entry(const ManagedEntry& entry, std::string words) {
        if (identities_told_++ >= identities_told_max) return;
        tell(lists_stage, name_of_entry(entry), TraceStep::Outcome::matched, std::move(words));
    }

    static std::string covered_words(
        std::string_view what, const mail::Address& identity, const ManagedEntry& entry
    ) {
        const std::string shown = plain(identity.display());
        if (entry.pattern.is_address) return fmt::format("{} is {}", what, shown);
        return fmt::format("{} {} is within {}", what, shown, entry.pattern.key);
    }

    void look_at_rules() {
        const bool is_permitted = permit_.entry != nullptr && block_.entry == nullptr;
        for (const Rule& rule : rules_) {
            if (is_early_refusal(rule) || is_administrators_permit(rule)) continue;
            if (rule.is_spam_check && is_permitted) {
                tell(
                    rules_stage,
                    rule.name,
                    TraceStep::Outcome::skipped,
                    "a spam check, and " + permit_.words + ", whom the recipient permits"
                );
                continue;
            }
            if (rule.trusted_senders_may && is_trusted_) {
                tell(
                    rules_stage,
                    rule.name,
                    TraceStep::Outcome::skipped,
                    "the rule lets through what senders send whom the recipient trusts"
                );
                continue;
            }
            Match match = consider(rules_stage, rule);
            if (match.answer == Answer::unknown) {
                if (unknown_.rule == nullptr) unknown_ = std::move(match);
            } else if (match.answer == Answer::yes) {
                if (strictest_.rule == nullptr || strictness(rule) > strictness(*strictest_.rule))
                    strictest_ = std::move(match);
            }
        }
    }

    std::size_t index_of(const Rule& rule) const {
        return static_cast<std::size_t>(&rule - rules_.data());
    }

    Verdict of_rule(const Match& match) {
        verdict_.action = match.rule->action;
        verdict_.hold_for = match.rule->hold_for;
        verdict_.rule = match.rule->name;
        verdict_.rule_index = index_of(*match.rule);
        verdict_.reason = reason_of(match);
        if (verdict_.action == Action::hold) verdict_.moderators = match.rule->moderators;
        if (verdict_.action == Action::reject)
            verdict_.reply = match.rule->reply.value_or(mail::Reply(
                550,
                mail::EnhancedCode{5, 7, 1},
                "The message is refused by the receiving side's rules"
            ));
        return std::move(verdict_);
    }

    Verdict of_block() {
        verdict_.action = Action::reject;
        verdict_.is_personal_block = true;
        verdict_.reply = mail::Reply(
            550, mail::EnhancedCode{5, 7, 1}, "The recipient does not accept mail from this sender"
        );
        verdict_.rule = name_of_entry(*block_.entry);
        verdict_.reason = fmt::format(
            "The recipient has blocked {}: {}.", block_.entry->pattern.key, block_.words
        );
        return std::move(verdict_);
    }

    // Whoever overlooks is_temporary refuses for now; nothing is accepted by accident.
    Verdict of_unknown() {
        verdict_.action = Action::reject;
        verdict_.is_temporary = true;
        verdict_.reply = mail::Reply(
            451,
            mail::EnhancedCode{4, 3, 0},
            "A check of the message could not be made, please try again later"
        );
        verdict_.rule = unknown_.rule->name;
        verdict_.rule_index = index_of(*unknown_.rule);
        verdict_.reason = fmt::format(
            "The rule \"{}\" could not be checked, so the sender is asked to try again later: {}.",
            unknown_.rule->name,
            unknown_.words
        );
        return std::move(verdict_);
    }

    Verdict of_nothing() {
        verdict_.action = Action::deliver;
        if (permit_.entry != nullptr && block_.entry == nullptr) {
            verdict_.rule = name_of_entry(*permit_.entry);
            verdict_.reason = fmt::format(
                "The recipient has permitted {}, and no rule objects.", permit_.entry->pattern.key
            );
        } else {
            verdict_.rule = "nothing matched";
            verdict_.reason = "No rule and no blocked sender stood against this mail.";
        }
        return std::move(verdict_);
    }

    const Rules& rules_;
    Evidence evidence_;
    EntryIndex entries_;
    Verdict verdict_;
    Match permit_rule_;  // the administrator's deliver rule
    Match unknown_;      // the first rule that could not be judged
    Match strictest_;    // of the rules of the last stage
    Covered block_;      // the first of each kind
    Covered permit_;
    bool is_trusted_ = false;
    std::size_t identities_told_ = 0;
};

}  // namespace

std::optional<Verdict> evaluate_recipient(
    const Rules& rules, const EnvelopeFacts& envelope, const PersonalLists& lists
) {
    return Evaluation(rules, Evidence{envelope, nullptr}, lists).at_recipient();
}

Verdict evaluate(
    const Rules& rules,
    const EnvelopeFacts& envelope,
    const MessageFacts& message,
    const PersonalLists& lists
) {
    return Evaluation(rules, Evidence{envelope, &message}, lists).after_message();
}

bool is_judged_at_recipient(const Rule& rule) {
    if (is_early_refusal(rule)) return true;
    return is_administrators_permit(rule) &&
           std::ranges::none_of(rule.conditions, &Condition::needs_message);
}

}  // namespace policy
