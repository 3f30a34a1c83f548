#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "conf/settings.h"
#include "database/store.h"
#include "imports/found.h"

#include <cstdint>
#include <string>
#include <vector>

namespace imports {

struct ImportPlan {
    std::string product;  // "mailcow": stands in rule and reason
    std::string actor;    // who, for history and audit trail
    bool mails = true;
    bool senders = true;
    bool dry_run = false;
};

// What came of it.
struct ImportReport {
    std::uint64_t holds_added = 0;
    std::uint64_t holds_there = 0;  // from an earlier import
    std::uint64_t senders_added = 0;
    std::uint64_t senders_there = 0;
    std::uint64_t left_out = 0;
    std::vector<std::string> left_out_lines;  // "what: why", the first 1000
};

// Makes what a reader finds ours: each mail a hold for each of its recipients in our domains, with
// its sender and its time of receipt, kept for retention_days from now; each entry a managed
// sender. A second import of the same export adds nothing: a hold's id is made of the mail and its
// owner. Each mail is one transaction with its audit entries.
class Importer final : public Finds {
  public:
    // `store` may be null in a dry run: then everything is new.
    Importer(
        const conf::Settings& settings, database::Store* store, ImportPlan plan, base::Time now
    );

    bool wants_mails() const override { return plan_.mails; }
    bool wants_senders() const override { return plan_.senders; }
    base::Result<void> mail(const FoundMail& found, const mail::MessageBytes& bytes) override;
    base::Result<void> sender(const FoundSender& found) override;
    void left_out(std::string_view what, std::string_view why) override;

    const ImportReport& report() const { return report_; }

  private:
    base::Result<bool> is_there(const std::string& hold_id);

    const conf::Settings& settings_;
    database::Store* store_;
    const ImportPlan plan_;
    const base::Time now_;
    const std::vector<mail::Domain> own_domains_;
    ImportReport report_;
};

}  // namespace imports
