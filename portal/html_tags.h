#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portal {

// What a browser would make of HTML, tag by tag (html.spec.whatwg.org §13.2.5), as far as it is
// needed to tell where a mail leads: no tree, no fixing. Nothing becomes safe by it.
class TagSink {
  public:
    using Attributes = std::vector<std::pair<std::string, std::string>>;

    virtual ~TagSink() = default;
    // `name` in lower case; attributes in lower case with their values decoded, each name once.
    virtual void start_tag(std::string_view name, const Attributes& attributes) = 0;
    virtual void end_tag(std::string_view name) = 0;
    virtual void text(std::string_view decoded) = 0;
    // What stands in <style>, as it stands there.
    virtual void style(std::string_view css) = 0;
};

// Linear in the length of `html` (valid UTF-8).
void read_tags(std::string_view html, TagSink& sink);

// Character references decoded: numbers, and the names that stand for what matters in an address or
// a text. Others stay as they are.
std::string decoded_entities(std::string_view text);

}  // namespace portal
