#include "base/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>

namespace base {
namespace {

constexpr std::size_t value_bytes_max = 1024;

constexpr std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

// Marks that reorder or hide what stands around them on a terminal, and C1 controls.
bool is_invisible(std::string_view character) {
    if (character.size() == 2 && character[0] == '\xc2')
        return static_cast<unsigned char>(character[1]) < 0xa0;
    constexpr std::array<std::string_view, 16> marks = {
        "\xe2\x80\x8b",
        "\xe2\x80\x8c",
        "\xe2\x80\x8d",
        "\xe2\x80\x8e",
        "\xe2\x80\x8f",
        "\xe2\x80\xa8",
        "\xe2\x80\xa9",
        "\xe2\x80\xaa",
        "\xe2\x80\xab",
        "\xe2\x80\xac",
        "\xe2\x80\xad",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\xe2\x81\xa7",
        "\xe2\x81\xa8",
        "\xe2\x81\xa9",
    };
    for (const auto mark : marks)
        if (character == mark) return true;
    return character == "\xd8\x9c" || character == "\xef\xbb\xbf";
}

std::size_t length_of(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80) return 1;
    if (byte < 0xe0) return 2;
    return byte < 0xf0 ? 3 : 4;
}

// Of a well-formed character of two or three bytes: what is invisible is one of these.
unsigned code_point(std::string_view character) {
    unsigned value =
        static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1fU : 0xfU);
    for (const char byte : character.substr(1))
        value = value << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    return value;
}

std::string escape(std::string_view value) {
    const bool cut = value.size() > value_bytes_max;
    const std::string valid = to_valid_utf8(utf8_prefix(value, value_bytes_max));
    std::string result;
    bool plain = !valid.empty();
    for (std::size_t i = 0; i < valid.size();) {
        const std::string_view character = std::string_view(valid).substr(i, length_of(valid[i]));
        i += character.size();
        const char c = character[0];
        if (is_invisible(character)) {
            for (const char byte : character)
                result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
            plain = false;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
            plain = false;
        } else {
            if (c == '"' || c == '\\') result += '\\';
            if (c == ' ' || c == '"' || c == '=' || c == '\\') plain = false;
            result += character;
        }
    }
    if (cut) {
        result += "...";
        plain = false;
    }
    return plain ? result : fmt::format("\"{}\"", result);
}

// RFC 8259 §7. What is invisible in the text form is escaped here too: the reader of the raw line
// must not be deceived, and the one who parses it gets the character.
std::string json_escape(std::string_view value) {
    const bool cut = value.size() > value_bytes_max;
    const std::string valid = to_valid_utf8(utf8_prefix(value, value_bytes_max));
    std::string result;
    for (std::size_t i = 0; i < valid.size();) {
        const std::string_view character = std::string_view(valid).substr(i, length_of(valid[i]));
        i += character.size();
        const char c = character[0];
        if (is_invisible(character)) {
            result += fmt::format("\\u{:04x}", code_point(character));
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            if (c == '"' || c == '\\') result += '\\';
            result += character;
        }
    }
    return cut ? result + "..." : result;
}

class LineLog : public Log {
  public:
    explicit LineLog(LogLevel least) : least_(least) {}

    void adjust(LogLevel least, LogFormat format) final {
        least_ = least;
        format_ = format;
    }

    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields)
        final {
        if (level < least_.load(std::memory_order_relaxed)) return;
        const std::string time = to_rfc3339(SystemClock().now());
        if (format_.load(std::memory_order_relaxed) == LogFormat::json) {
            std::string line = fmt::format(
                R"({{"time":"{}","level":"{}","event":"{}")", time, name_of(level), event
            );
            for (const auto& field : fields) line += "," + log_json(field);
            return put(line + "}");
        }
        std::string line = fmt::format("{} {} event={}", time, name_of(level), event);
        for (const auto& field : fields) line += " " + log_text(field);
        put(line);
    }

  protected:
    virtual void put(const std::string& line) = 0;

  private:
    std::atomic<LogLevel> least_;
    std::atomic<LogFormat> format_ = LogFormat::text;
};

class StandardErrorLog final : public LineLog {
  public:
    explicit StandardErrorLog(LogLevel least)
        : LineLog(least), logger_("postern", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_pattern("%v");
        logger_.flush_on(spdlog::level::trace);
    }

  protected:
    void put(const std::string& line) override { logger_.info("{}", line); }

  private:
    spdlog::logger logger_;
};

class SinkLog final : public LineLog {
  public:
    SinkLog(LogLevel least, Sink sink) : LineLog(least), sink_(std::move(sink)) {}

  protected:
    void put(const std::string& line) override { sink_(line); }

  private:
    Sink sink_;
};

class NoLog final : public Log {
  public:
    void adjust(LogLevel, LogFormat) override {}
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::string log_text(const LogField& field) {
    return fmt::format("{}={}", field.name, escape(field.value));
}

std::string log_json(const LogField& field) {
    return fmt::format(R"("{}":"{}")", field.name, json_escape(field.value));
}

std::shared_ptr<Log> Log::to_standard_error(LogLevel least) {
    return std::make_shared<StandardErrorLog>(least);
}

std::shared_ptr<Log> Log::to_sink(LogLevel least, Sink sink) {
    return std::make_shared<SinkLog>(least, std::move(sink));
}

std::shared_ptr<Log> Log::to_nowhere() {
    return std::make_shared<NoLog>();
}

}  // namespace base
