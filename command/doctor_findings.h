#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace command {

// What a check came to. `unknown`: it could not be asked; that is never taken for "ok".
enum class Health { ok, warning, problem, unknown };
std::string_view name_of(Health health);  // "ok", "warning", "problem", "unknown"

struct Finding {
    std::string check;  // "data_dir", "mx example.test": what was looked at
    Health health = Health::ok;
    std::string text;    // one line: what was found
    std::string remedy;  // what to do, one line; "" when ok
};

// What the doctor found, in the order it was looked at. Texts from outside (replies, names) are
// cleaned here.
class Findings {
  public:
    void ok(std::string check, std::string text);
    void warning(std::string check, std::string text, std::string remedy);
    void problem(std::string check, std::string text, std::string remedy);
    void unknown(std::string check, std::string text, std::string remedy);

    const std::vector<Finding>& all() const { return findings_; }
    std::size_t count(Health health) const;

    // One line for each, its remedy on the next; then the sum.
    void write_text(std::ostream& out) const;
    // {"checks": [{"check","health","text","remedy"}], "ok": 1, "warning": 0, …}
    void write_json(std::ostream& out) const;

  private:
    void add(Health health, std::string check, std::string_view text, std::string_view remedy);
    std::vector<Finding> findings_;
};

}  // namespace command
