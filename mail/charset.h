#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mail {

// Text that comes in pieces, from a named charset to valid UTF-8. What does not convert becomes
// U+FFFD. A charset nobody knows, US-ASCII and "" are read as UTF-8; ISO 8859-1 as Windows-1252,
// which is what senders mean by it (encoding.spec.whatwg.org).
class Utf8Converter {
  public:
    explicit Utf8Converter(std::string_view charset);
    ~Utf8Converter();
    Utf8Converter(Utf8Converter&&) noexcept;
    Utf8Converter& operator=(Utf8Converter&&) noexcept;

    // Appends to `into`. A character cut by the end of `piece` is kept for the next call.
    void convert(std::string_view piece, std::string& into);
    // Says that there is no next piece.
    void finish(std::string& into);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string to_utf8(std::string_view charset, std::string_view bytes);

// `text` on one line: line ends and control characters (also U+0080-9F) become spaces.
std::string one_line(std::string_view utf8);

}  // namespace mail
