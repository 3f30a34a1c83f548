#include "imports/sql_dump.h"

#include "base/ascii.h"
#include "imports/sql_values.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>

namespace imports {

using base::ErrorKind;
using base::failure;
using base::Result;

namespace {

// A table's or column's name: `a`, "a" or a, with a schema before it or not; lower case.
std::string dump_name(std::string_view written) {
    std::string name;
    for (const char c : base::trim(written)) {
        if (c == '.') name.clear();
        if (c != '.' && c != '`' && c != '"') name += base::to_lower(c);
    }
    return name;
}

// "`a`,`b`" or "a, b".
std::vector<std::string> dump_names(std::string_view list) {
    std::vector<std::string> names;
    while (names.size() < columns_max) {
        const auto comma = list.find(',');
        names.push_back(dump_name(list.substr(0, comma)));
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return names;
}

// Lines of any length up to a bound: std::getline has none.
class DumpLines {
  public:
    explicit DumpLines(std::ifstream& in) : in_(in) {}

    // False at the end of the file. Without the line's end. Error: limit.
    Result<bool> next(std::string& line) {
        line.clear();
        ++number_;
        auto* buffer = in_.rdbuf();
        for (;;) {
            const auto got = buffer->sbumpc();
            if (got == std::ifstream::traits_type::eof()) return !line.empty();
            const char c = std::ifstream::traits_type::to_char_type(got);
            if (c == '\n') break;
            line += c;
            if (line.size() > row_bytes_max)
                return failure(ErrorKind::limit, "line {} is too long", number_);
        }
        // What went through a terminal has them.
        if (line.ends_with('\r')) line.pop_back();
        return true;
    }
    std::uint64_t number() const { return number_; }

  private:
    std::ifstream& in_;
    std::uint64_t number_ = 0;
};

class DumpReader {
  public:
    DumpReader(std::ifstream& in, const std::set<std::string>& tables, const EachRow& each)
        : lines_(in), tables_(tables), each_(each) {}

    Result<void> read() {
        for (;;) {
            auto there = lines_.next(line_);
            if (!there) return failure(there.error());
            if (!*there) return {};
            auto done = statement();
            if (!done) return failure(done.error(), fmt::format("line {}", lines_.number()));
        }
    }

  private:
    Result<void> statement() {
        if (line_.starts_with("COPY ")) return copy();
        if (line_.starts_with("INSERT INTO ")) return insert();
        if (line_.starts_with("CREATE TABLE `")) return create();
        return {};
    }

    // CREATE TABLE `quarantine` (   followed by   `id` int(11) NOT NULL,   until   ) ENGINE=…
    Result<void> create() {
        const std::string_view line = line_;
        const auto table = dump_name(line.substr(13, line.find('(') - 13));
        std::vector<std::string> columns;
        for (;;) {
            auto there = lines_.next(line_);
            if (!there) return failure(there.error());
            if (!*there || line_.starts_with(")")) break;
            const auto column = base::trim(line_);
            if (column.starts_with('`') && columns.size() < columns_max)
                columns.push_back(dump_name(column.substr(0, column.find('`', 1))));
        }
        if (tables_.contains(table)) columns_[table] = std::move(columns);
        return {};
    }

    // INSERT INTO `quarantine` VALUES (…),(…);   or   INSERT INTO `quarantine` (`id`,…) VALUES …
    Result<void> insert() {
        std::string_view rest = std::string_view(line_).substr(12);
        if (!rest.starts_with('`')) {
            const auto table = dump_name(rest.substr(0, rest.find_first_of(" (")));
            if (!tables_.contains(table)) return {};
            return failure(
                ErrorKind::invalid, "a PostgreSQL dump with INSERT; make it without --inserts"
            );
        }
        const auto end = rest.find('`', 1);
        if (end == std::string_view::npos) return failure(ErrorKind::invalid, "no name of a table");
        const auto table = dump_name(rest.substr(0, end));
        if (!tables_.contains(table)) return {};
        rest = base::trim(rest.substr(end + 1));
        if (rest.starts_with('(')) {
            const auto closed = rest.find(')');
            if (closed == std::string_view::npos)
                return failure(ErrorKind::invalid, "no end of the list of columns");
            columns_[table] = dump_names(rest.substr(1, closed - 1));
            rest = base::trim(rest.substr(closed + 1));
        }
        if (!rest.starts_with("VALUES"))
            return failure(ErrorKind::invalid, "an INSERT that mysqldump does not write");
        return give_rows(table, rest.substr(6));
    }

    // Rows behind VALUES, on this line and those that follow until the statement's end.
    Result<void> give_rows(const std::string& table, std::string_view line) {
        Cells cells;
        for (;;) {
            MysqlRows rows(line);
            for (;;) {
                auto there = rows.next(cells);
                if (!there) return failure(there.error());
                if (!*there) break;
                if (auto done = give(table, cells); !done) return done;
            }
            if (rows.ended()) return {};
            auto there = lines_.next(line_);
            if (!there) return failure(there.error());
            if (!*there)
                return failure(ErrorKind::invalid, "the dump ends in the middle of a table");
            line = line_;
        }
    }

    // COPY public.userprefs (pmail, name, data, mtime) FROM stdin;   rows   \.
    Result<void> copy() {
        const std::string_view line = line_;
        const auto open = line.find('(');
        const auto close = line.rfind(')');
        if (!line.ends_with(" FROM stdin;") || open == std::string_view::npos ||
            close == std::string_view::npos || close < open)
            return failure(ErrorKind::invalid, "a COPY that pg_dump does not write");
        const auto table = dump_name(line.substr(5, open - 5));
        columns_[table] = dump_names(line.substr(open + 1, close - open - 1));
        const bool wanted = tables_.contains(table);
        Cells cells;
        for (;;) {
            auto there = lines_.next(line_);
            if (!there) return failure(there.error());
            if (!*there)
                return failure(ErrorKind::invalid, "the dump ends in the middle of a table");
            if (line_ == "\\.") return {};
            if (!wanted) continue;
            if (auto read = read_copy_line(line_, cells); !read) return read;
            if (auto done = give(table, cells); !done) return done;
        }
    }

    Result<void> give(const std::string& table, const Cells& cells) {
        const auto columns = columns_.find(table);
        if (columns == columns_.end())
            return failure(
                ErrorKind::invalid,
                "nothing says what the columns of {} are called; dump it with its CREATE TABLE, or "
                "with --complete-insert",
                table
            );
        if (columns->second.size() != cells.size())
            return failure(
                ErrorKind::invalid,
                "{} has {} columns, this row {}",
                table,
                columns->second.size(),
                cells.size()
            );
        return each_(table, DumpRow(columns->second, cells));
    }

    DumpLines lines_;
    const std::set<std::string>& tables_;
    const EachRow& each_;
    std::map<std::string, std::vector<std::string>> columns_;
    std::string line_;
};

}  // namespace

bool DumpRow::has(std::string_view column) const {
    return std::find(columns_->begin(), columns_->end(), column) != columns_->end();
}

std::string_view DumpRow::text(std::string_view column) const {
    const auto found = std::find(columns_->begin(), columns_->end(), column);
    if (found == columns_->end()) return "";
    const auto& cell = (*cells_)[static_cast<std::size_t>(found - columns_->begin())];
    return cell ? std::string_view(*cell) : std::string_view();
}

bool DumpRow::is_null(std::string_view column) const {
    const auto found = std::find(columns_->begin(), columns_->end(), column);
    return found == columns_->end() ||
           !(*cells_)[static_cast<std::size_t>(found - columns_->begin())];
}

std::optional<std::int64_t> DumpRow::integer(std::string_view column) const {
    const auto digits = text(column);
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || at != end || digits.empty()) return std::nullopt;
    return value;
}

Result<void> read_dump(
    const std::filesystem::path& file, const std::set<std::string>& tables, const EachRow& each
) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return failure(ErrorKind::not_found, "{} cannot be read", file.string());
    auto done = DumpReader(in, tables, each).read();
    if (!done) return failure(done.error(), file.string());
    if (in.bad()) return failure(ErrorKind::trouble, "{} cannot be read to its end", file.string());
    return {};
}

}  // namespace imports
