#pragma once

#include <fmt/format.h>
#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

// Result<T>: a value, or the Error that says why our own world (disk, DNS, next hop, database,
// configuration) could not give it. What the *other side* did wrong is a mail::Reply instead, and
// what *we* did wrong is an ensure().

namespace base {

// What a caller may want to tell apart; everything else is in the text.
enum class ErrorKind {
    trouble,        // anything not named below
    disk_full,      // no space, or the reserve has been reached
    invalid,        // the input does not parse or is not allowed
    not_found,      // no such row, file or name, or not visible to who asked
    conflict,       // somebody was faster: already decided, already there
    unreachable,    // the next hop refused, or could not be connected to
    timeout,        // a deadline passed
    corrupt,        // what is stored is not what was written
    newer_version,  // written by a newer Postern
    in_use,         // another process owns it
    limit           // a configured bound was reached
};

struct Error {
    ErrorKind kind = ErrorKind::trouble;
    std::string text;  // one line, for the log and the operator; never shown to a stranger
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  public:
    using Base = tl::expected<T, Error>;
    using Base::Base;
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): what expected's own functions give is a Result.
    Result(Base other) : Base(std::move(other)) {}
};

using Failure = tl::unexpected<Error>;

inline Failure failure(ErrorKind kind, std::string text) {
    return Failure(Error{kind, std::move(text)});
}

template <class... Arguments>
    requires(sizeof...(Arguments) > 0)
Failure failure(ErrorKind kind, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    return Failure(Error{kind, fmt::format(format, std::forward<Arguments>(arguments)...)});
}

// The same failure one floor up, with what was being done in front: "storing hold x: disk full".
inline Failure failure(const Error& cause, std::string_view doing) {
    return Failure(Error{cause.kind, fmt::format("{}: {}", doing, cause.text)});
}

// Passes a failure on as it is.
inline Failure failure(Error cause) {
    return Failure(std::move(cause));
}

}  // namespace base
