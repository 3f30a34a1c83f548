#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace mail {

// RFC 3463: class.subject.detail. {0,0,0} means "none", as for 354, greeting and EHLO.
struct EnhancedCode {
    int status_class = 0;
    int subject = 0;
    int detail = 0;
    bool is_none() const { return status_class == 0; }
    bool operator==(const EnhancedCode&) const = default;
};

// An SMTP reply, ours or a back end's. `lines` has at least one line, without code and line end; it
// never holds CR, LF or control characters, and each line is at most 480 bytes: the constructors
// clean what they are given.
class Reply {
  public:
    Reply(int code, EnhancedCode enhanced, std::string_view text);
    Reply(int code, std::string_view text) : Reply(code, EnhancedCode{}, text) {}
    static Reply multi_line(int code, EnhancedCode enhanced, std::vector<std::string> lines);

    int code() const { return code_; }
    EnhancedCode enhanced() const { return enhanced_; }
    const std::vector<std::string>& lines() const { return lines_; }
    bool is_positive() const { return code_ >= 200 && code_ < 300; }
    bool is_intermediate() const { return code_ >= 300 && code_ < 400; }
    bool is_temporary() const { return code_ >= 400 && code_ < 500; }
    bool is_permanent() const { return code_ >= 500; }

    std::string to_wire() const;   // every line with CRLF
    std::string one_line() const;  // "550 5.7.1 text text" for the log and the store

    bool operator==(const Reply&) const = default;

  private:
    Reply() = default;
    int code_ = 0;
    EnhancedCode enhanced_;
    std::vector<std::string> lines_;
};

// Reads a whole reply of one or more lines as it came from a back end ("250-a\r\n250 b\r\n").
// Cleans the texts. Error: invalid, when codes differ between lines, a code is not 200-599 or a
// line is malformed.
base::Result<Reply> parse_reply(std::string_view wire);

// The enhanced code at the start of a text, or none. "2.1.5 Ok" -> {2,1,5}; the class must fit the
// code.
EnhancedCode enhanced_code_in(std::string_view text, int reply_code);

}  // namespace mail
