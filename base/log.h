#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace base {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogField {
    std::string_view name;
    std::string value;
};

// One event is one line, in one of two forms with the same fields:
//
//     2026-11-21T20:03:47.123Z info event=hold id=… owner=…
//     {"time":"2026-11-21T20:03:47.123Z","level":"info","event":"hold","id":"…","owner":"…"}
//
// In the first, values that are not plain are quoted; in both, control characters, ill-formed UTF-8
// and bidirectional marks are escaped and a value is cut at 1 KiB, so no mail can forge or hide a
// line. Fields are never called time, level or event, and each stands once. Thread-safe. Never
// throws away a line silently: when standard error cannot take it there is nobody left to tell.
class Log {
  public:
    using Sink = std::function<void(std::string_view line)>;  // the line without its LF

    // Writes to standard error.
    static std::shared_ptr<Log> to_standard_error(LogLevel least);
    // For tests: every line goes to `sink`, which must be thread-safe.
    static std::shared_ptr<Log> to_sink(LogLevel least, Sink sink);
    static std::shared_ptr<Log> to_nowhere();

    virtual ~Log() = default;

    // From the next event on.
    virtual void adjust(LogLevel least, LogFormat format) = 0;

    void debug(std::string_view event, std::initializer_list<LogField> fields) {
        write(LogLevel::debug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<LogField> fields) {
        write(LogLevel::info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<LogField> fields) {
        write(LogLevel::warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<LogField> fields) {
        write(LogLevel::error, event, fields);
    }

    virtual void write(
        LogLevel level, std::string_view event, std::initializer_list<LogField> fields
    ) = 0;
};

// `name=value` as Log writes it, without a leading space.
std::string log_text(const LogField& field);
// `"name":"value"`, a member of a JSON object (RFC 8259 §4), in UTF-8.
std::string log_json(const LogField& field);

}  // namespace base
