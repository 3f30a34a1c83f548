#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace mail {

// HTML with its tags taken away, for showing and searching as text: no safety comes from it, its
// output is plain text and must be escaped like any other. Reads pieces cut anywhere, in linear
// time, with a few bytes of state.
class HtmlText {
  public:
    void add(std::string_view utf8);
    // Says that there is no next piece.
    void finish();
    // What came out since the last take(): LF line ends, blanks collapsed.
    std::string take() { return std::exchange(text_, std::string()); }

  private:
    enum class State { text, less_than, tag, declaration, comment, raw, raw_end };

    void step(char c);
    void put(std::string_view character);
    void put_text(char c);
    void line_end();
    void end_entity(char next);
    void end_tag();
    void in_tag(char c);
    void in_raw(char c);

    State state_ = State::text;
    std::string text_;
    int line_ends_ = 2;  // at the end of all text so far; the beginning counts as an empty line
    std::string name_;   // of the tag, "/" in front of an end tag
    bool name_ended_ = false;
    std::string raw_name_;  // inside <script> and <style>: which of them
    std::string entity_;    // behind '&'
    bool in_entity_ = false;
    char quote_ = '\0';  // inside an attribute's value
    bool after_equals_ = false;
    int hyphens_ = 0;  // seen in a row, at the ends of a comment
    bool blank_pending_ = false;
};

}  // namespace mail
