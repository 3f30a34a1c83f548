#pragma once

#include <string>
#include <string_view>

namespace mail {

// A mail as people keep or paste it has the line ends of their system; over SMTP every line ends
// with CRLF. Takes pieces cut anywhere; what has CRLF already stays as it is.
class LineEnds {
  public:
    std::string convert(std::string_view piece);

  private:
    char last_ = '\0';
};

}  // namespace mail
