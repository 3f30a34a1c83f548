#include "imports/sql_values.h"

#include "base/ascii.h"

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

constexpr std::string_view binary_mark = "_binary ";

int hex_digit(char c) {
    if (base::is_digit(c)) return c - '0';
    const char lower = base::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int octal_digit(char c) {
    return c >= '0' && c <= '7' ? c - '0' : -1;
}

// MySQL manual, "String Literals": what stands behind a backslash; all else stands for itself.
char unescaped_by_mysql(char c) {
    switch (c) {
        case '0':
            return '\0';
        case 'b':
            return '\b';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'Z':
            return '\x1a';
        default:
            return c;
    }
}

// PostgreSQL manual, COPY: b f n r t v; all else stands for itself.
char unescaped_by_copy(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return c;
    }
}

// Up to `most` digits of base `base_of`; -1 when there is none.
template <class Digit>
int take_number(std::string_view& text, int base_of, std::size_t most, Digit digit) {
    int value = -1;
    for (std::size_t i = 0; i < most && !text.empty() && digit(text.front()) >= 0; ++i) {
        value = (value < 0 ? 0 : value * base_of) + digit(text.front());
        text.remove_prefix(1);
    }
    return value;
}

std::string copy_field(std::string_view field) {
    std::string text;
    text.reserve(field.size());
    while (!field.empty()) {
        const auto stop = field.find('\\');
        text += field.substr(0, stop);
        if (stop == std::string_view::npos || stop + 1 >= field.size()) break;
        field.remove_prefix(stop + 1);
        int number = -1;
        if (octal_digit(field.front()) >= 0) {
            number = take_number(field, 8, 3, octal_digit);
        } else if (field.front() == 'x' && field.size() > 1 && hex_digit(field[1]) >= 0) {
            field.remove_prefix(1);
            number = take_number(field, 16, 2, hex_digit);
        }
        if (number >= 0) {
            text += static_cast<char>(number & 0xff);
        } else {
            text += unescaped_by_copy(field.front());
            field.remove_prefix(1);
        }
    }
    return text;
}

}  // namespace

void MysqlRows::skip_blanks() {
    while (!rest_.empty() && base::is_blank(rest_.front())) rest_.remove_prefix(1);
}

bool MysqlRows::take(char wanted) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
}

// Behind the opening quote.
Result<std::string> MysqlRows::string() {
    std::string text;
    for (;;) {
        const auto stop = rest_.find_first_of("'\\");
        if (stop == std::string_view::npos || stop + 1 > rest_.size())
            return failure(ErrorKind::invalid, "a text without an end");
        text += rest_.substr(0, stop);
        const char found = rest_[stop];
        rest_.remove_prefix(stop + 1);
        if (found == '\'') {
            if (rest_.empty() || rest_.front() != '\'') return text;
            text += '\'';  // two quotes are one
        } else if (rest_.empty()) {
            return failure(ErrorKind::invalid, "a text without an end");
        } else {
            text += unescaped_by_mysql(rest_.front());
        }
        rest_.remove_prefix(1);
    }
}

Result<std::optional<std::string>> MysqlRows::value() {
    skip_blanks();
    if (rest_.starts_with(binary_mark)) rest_.remove_prefix(binary_mark.size());
    if (take('\'')) {
        auto text = string();
        if (!text) return failure(text.error());
        return std::optional(std::move(*text));
    }
    if (rest_.starts_with("0x")) {
        rest_.remove_prefix(2);
        std::string bytes;
        while (rest_.size() > 1 && hex_digit(rest_[0]) >= 0 && hex_digit(rest_[1]) >= 0) {
            bytes += static_cast<char>(hex_digit(rest_[0]) * 16 + hex_digit(rest_[1]));
            rest_.remove_prefix(2);
        }
        return std::optional(std::move(bytes));
    }
    const auto end = rest_.find_first_of(",)");
    if (end == std::string_view::npos) return failure(ErrorKind::invalid, "a row without an end");
    const auto word = base::trim(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (base::equals_ignoring_case(word, "NULL")) return std::optional<std::string>();
    if (word.empty() || word.find_first_not_of("0123456789+-.eE") != std::string_view::npos)
        return failure(ErrorKind::invalid, "a value that is no text and no number");
    return std::optional<std::string>(std::string(word));
}

Result<bool> MysqlRows::next(Cells& cells) {
    cells.clear();
    skip_blanks();
    if (rest_.empty() || rest_.front() == ';') return false;
    if (!take('(')) return failure(ErrorKind::invalid, "no row where one should be");
    do {
        if (cells.size() >= columns_max) return failure(ErrorKind::limit, "too many columns");
        auto cell = value();
        if (!cell) return failure(cell.error());
        cells.push_back(std::move(*cell));
    } while (take(','));
    if (!take(')')) return failure(ErrorKind::invalid, "a row without an end");
    take(',');
    return true;
}

Result<void> read_copy_line(std::string_view line, Cells& cells) {
    cells.clear();
    for (;;) {
        if (cells.size() >= columns_max) return failure(ErrorKind::limit, "too many columns");
        const auto tab = line.find('\t');
        const auto field = line.substr(0, tab);
        if (field == "\\N")
            cells.emplace_back();
        else
            cells.emplace_back(copy_field(field));
        if (tab == std::string_view::npos) return {};
        line.remove_prefix(tab + 1);
    }
}

}  // namespace imports
