#include "portal/sender_csv.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portal {

using base::failure;
using base::Result;
using policy::SenderList;

namespace {

// What makes a spreadsheet take a cell for a formula.
constexpr std::string_view formula_marks = "=+-@\t\r";

struct Record {
    std::vector<std::string> cells;
    std::size_t line = 0;  // where it begins, from 1

    bool is_empty() const {
        return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
            return base::trim(cell).empty();
        });
    }
};

// The separator is the one of "," ";" and tab that the first line has: spreadsheets take the one of
// their language.
char separator_of(std::string_view csv) {
    for (const char c : csv.substr(0, csv.find_first_of("\r\n"))) {
        if (c == ',' || c == ';' || c == '\t') return c;
    }
    return ',';
}

// Records one after the other.
class CsvReader {
  public:
    explicit CsvReader(std::string_view csv) : rest_(csv) {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
        separator_ = separator_of(rest_);
    }

    bool at_end() const { return rest_.empty(); }

    Result<Record> next() {
        Record record;
        record.line = line_;
        for (;;) {
            auto cell = next_cell();
            if (!cell) return failure(cell.error());
            record.cells.push_back(std::move(*cell));
            if (!rest_.empty() && rest_.front() == separator_) {
                rest_.remove_prefix(1);
                continue;
            }
            take_line_end();
            return record;
        }
    }

  private:
    Result<std::string> next_cell() {
        if (rest_.starts_with('"')) return quoted_cell();
        std::size_t length = 0;
        while (length < rest_.size() && !ends_cell(rest_[length])) ++length;
        std::string cell(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return cell;
    }

    Result<std::string> quoted_cell() {
        const std::size_t begins = line_;
        std::string cell;
        for (rest_.remove_prefix(1);; rest_.remove_prefix(1)) {
            if (rest_.empty()) {
                return failure(
                    base::ErrorKind::invalid,
                    "The quote that begins in line {} does not end.",
                    begins
                );
            }
            if (rest_.front() == '"') {
                if (!rest_.starts_with("\"\"")) break;
                rest_.remove_prefix(1);  // Two stand for one.
            }
            if (rest_.front() == '\n') ++line_;
            cell += rest_.front();
        }
        rest_.remove_prefix(1);
        // Whatever follows a closing quote belongs to the cell: spreadsheets read it so, too.
        while (!rest_.empty() && !ends_cell(rest_.front())) {
            cell += rest_.front();
            rest_.remove_prefix(1);
        }
        return cell;
    }

    bool ends_cell(char c) const { return c == separator_ || c == '\r' || c == '\n'; }

    void take_line_end() {
        if (rest_.empty()) return;
        rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
        ++line_;
    }

    std::string_view rest_;
    char separator_ = ',';
    std::size_t line_ = 1;
};

std::string without_apostrophe(std::string_view cell) {
    const bool guarded = cell.size() > 1 && cell[0] == '\'' &&
                         (cell[1] == '\'' || formula_marks.find(cell[1]) != cell.npos);
    return std::string(guarded ? cell.substr(1) : cell);
}

// "Auto permitted" and "auto-permitted" are the list auto_permitted.
std::optional<SenderList> list_called(std::string_view words) {
    std::string name = base::lower(base::trim(words));
    std::replace(name.begin(), name.end(), ' ', '_');
    std::replace(name.begin(), name.end(), '-', '_');
    return policy::sender_list_named(name);
}

constexpr std::size_t no_column = static_cast<std::size_t>(-1);

struct Columns {
    std::size_t list = no_column;
    std::size_t entry = no_column;
};

// None: the record is not a header but the first of the table.
std::optional<Columns> header_in(const Record& record) {
    constexpr std::array<std::string_view, 5> names = {
        "entry", "sender", "address", "email", "domain"
    };
    Columns columns;
    for (std::size_t i = 0; i < record.cells.size(); ++i) {
        const std::string name = base::lower(base::trim(record.cells[i]));
        if (name == "list") {
            columns.list = i;
        } else if (columns.entry == no_column &&
                   std::find(names.begin(), names.end(), name) != names.end()) {
            columns.entry = i;
        }
    }
    if (columns.entry == no_column) return std::nullopt;
    return columns;
}

std::string_view cell_of(const Record& record, std::size_t column) {
    if (column >= record.cells.size()) return {};
    return base::trim(record.cells[column]);
}

GivenEntry given_in(
    const Record& record, const std::optional<Columns>& header, std::optional<SenderList> usual
) {
    Columns columns;
    if (header) {
        columns = *header;
    } else if (record.cells.size() == 1) {
        columns.entry = 0;
    } else {
        columns = {0, 1};
    }
    GivenEntry given;
    given.line = record.line;
    given.text = without_apostrophe(cell_of(record, columns.entry));
    const std::string_view list = cell_of(record, columns.list);
    given.list = list.empty() ? usual : list_called(list);
    return given;
}

}  // namespace

std::string csv_record(const std::vector<std::string_view>& cells) {
    std::string record;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string_view cell = cells[i];
        if (i > 0) record += ',';
        const bool guarded =
            !cell.empty() && (cell[0] == '\'' || formula_marks.find(cell[0]) != cell.npos);
        const bool quoted = cell.find_first_of(",;\"\r\n\t") != cell.npos;
        if (quoted) record += '"';
        if (guarded) record += '\'';
        for (const char c : cell) {
            if (c == '"') record += '"';
            record += c;
        }
        if (quoted) record += '"';
    }
    record += "\r\n";
    return record;
}

Result<std::vector<GivenEntry>> read_sender_csv(
    std::string_view csv, std::optional<SenderList> usual, std::size_t records_max
) {
    CsvReader reader(csv);
    std::vector<GivenEntry> entries;
    std::optional<Columns> header;
    bool is_first = true;
    while (!reader.at_end()) {
        auto record = reader.next();
        if (!record) return failure(record.error());
        if (record->is_empty()) continue;
        if (std::exchange(is_first, false)) {
            header = header_in(*record);
            if (header) continue;
        }
        if (entries.size() == records_max) {
            return failure(
                base::ErrorKind::invalid, "A file can bring at most {} entries.", records_max
            );
        }
        entries.push_back(given_in(*record, header, usual));
    }
    return entries;
}

}  // namespace portal
