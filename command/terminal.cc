#include "command/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace command {

namespace {

// The terminal with its echo off, and back to what it was at the end.
class QuietTerminal {
  public:
    QuietTerminal() : descriptor_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (descriptor_ < 0 || tcgetattr(descriptor_, &before_) != 0) return;
        auto quiet = before_;
        // Without ISIG Ctrl-C is a character like others, so nothing can end us with the echo off.
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        is_quiet_ = tcsetattr(descriptor_, TCSAFLUSH, &quiet) == 0;
    }
    ~QuietTerminal() {
        if (is_quiet_) tcsetattr(descriptor_, TCSAFLUSH, &before_);
        if (descriptor_ >= 0) close(descriptor_);
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;

    bool is_quiet() const { return is_quiet_; }
    bool say(std::string_view text) const {
        return write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    }
    std::optional<std::string> line() const {
        std::string line;
        for (char c = 0; read(descriptor_, &c, 1) == 1;) {
            if (c == '\n') return line;
            if (c == '\x03') return std::nullopt;
            line += c;
        }
        return std::nullopt;
    }

  private:
    int descriptor_;
    termios before_{};
    bool is_quiet_ = false;
};

}  // namespace

std::optional<std::string> ask_in_secret(std::string_view prompt) {
    const QuietTerminal terminal;
    if (!terminal.is_quiet() || !terminal.say(prompt)) return std::nullopt;
    auto line = terminal.line();
    if (!terminal.say("\n")) return std::nullopt;
    return line;
}

}  // namespace command
