#include "mail/mime_scan.h"

#include "base/ascii.h"
#include "mail/line_reader.h"
#include "mail/mime_encoding_watch.h"

#include <algorithm>

namespace mail {
namespace {

using base::failure;
using base::Result;

constexpr std::size_t leaf_buffer_bytes = 32'768;

// Looks for "begin 644 name" at the start of a line of decoded text: some readers make an
// attachment of what follows.
class UuencodeFinder {
  public:
    // True when such a line is in what was added since restart().
    bool add(std::string_view decoded) {
        while (!decoded.empty() && !found_) {
            const auto end = decoded.find('\n');
            const std::string_view rest = decoded.substr(0, end);
            line_ += rest.substr(0, line_bytes_max - line_.size());
            if (end == std::string_view::npos) return false;
            found_ = is_begin(line_);
            line_.clear();
            decoded.remove_prefix(end + 1);
        }
        return found_;
    }
    void restart() {
        line_.clear();
        found_ = false;
    }

  private:
    static constexpr std::size_t line_bytes_max = 32;

    static bool is_begin(std::string_view line) {
        if (base::starts_with_ignoring_case(line, "begin-base64 ")) return true;
        if (!base::starts_with_ignoring_case(line, "begin ")) return false;
        line.remove_prefix(6);
        const auto mode_end = line.find_first_not_of("01234567");
        return mode_end != std::string_view::npos && mode_end >= 3 && mode_end <= 5 &&
               line[mode_end] == ' ' && !base::trim(line.substr(mode_end)).empty();
    }

    std::string line_;
    bool found_ = false;
};

// Whether the encoding is named on the line behind its field's name: some look only at the first.
bool begins_on_next_line(std::string_view header) {
    constexpr std::string_view name = "content-transfer-encoding";
    while (!header.empty()) {
        const auto end = header.find("\r\n");
        const std::string_view line = header.substr(0, end);
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !base::trim(line.substr(colon + 1)).empty())
            continue;
        const bool goes_on = header.starts_with(' ') || header.starts_with('\t');
        if (goes_on && base::equals_ignoring_case(base::trim(line.substr(0, colon)), name))
            return true;
    }
    return false;
}

enum class FrameKind { multipart, message };

// What is open around the place where the scan stands.
struct Frame {
    FrameKind kind = FrameKind::multipart;
    std::string delimiter;  // "--" and the boundary
    bool is_digest = false;
    bool is_closed = false;  // its last delimiter was seen; what follows is epilogue
    bool has_parts = false;
    int index = 0;           // of a message
    std::uint64_t from = 0;  // of a message: where it begins
};

class Scanner {
  public:
    Scanner(const MessageBytes& message, const MimeLimits& limits, PartSink& sink)
        : message_(message), limits_(limits), sink_(sink) {}

    Result<MimeScan> run() {
        LineReader lines(message_);
        LinePiece line;
        while (!is_stopped_ && !sink_.is_satisfied()) {
            const auto got = lines.next(line);
            if (!got) return failure(got.error(), "reading the structure of a message");
            if (!*got) break;
            take(line);
        }
        if (!is_stopped_ && !sink_.is_satisfied()) end_of_message();
        return std::move(result_);
    }

  private:
    enum class State { header, leaf, ignored };

    void note(Ambiguity ambiguity) {
        auto& known = result_.ambiguities;
        if (std::find(known.begin(), known.end(), ambiguity) == known.end())
            known.push_back(ambiguity);
    }

    void take(const LinePiece& line) {
        if (line.bytes.find('\0') != std::string_view::npos) note(Ambiguity::raw_nul);
        if (line.begins && take_delimiter(line)) return;
        switch (state_) {
            case State::header:
                take_header_line(line);
                return;
            case State::leaf:
                take_leaf_line(line);
                return;
            case State::ignored:
                return;
        }
    }

    // RFC 2046 §5.1.1. The innermost multipart that is open is asked first.
    bool take_delimiter(const LinePiece& line) {
        if (!line.bytes.starts_with("--")) return false;
        for (std::size_t i = stack_.size(); i-- > 0;) {
            if (stack_[i].kind != FrameKind::multipart) continue;
            if (!line.bytes.starts_with(stack_[i].delimiter)) continue;
            std::string_view rest = line.bytes.substr(stack_[i].delimiter.size());
            const bool closes = rest.starts_with("--");
            if (closes) rest.remove_prefix(2);
            // The last line of a message may lack its CRLF; a piece of a longer line may not.
            const bool whole = line.ends || line.next_offset() == message_.size();
            if (whole && rest.find_first_not_of(" \t") == std::string_view::npos) {
                delimiter(i, closes, line.offset);
                return true;
            }
            note(Ambiguity::odd_boundary);  // many readers compare only the beginning
        }
        return false;
    }

    void delimiter(std::size_t frame, bool closes, std::uint64_t offset) {
        if (state_ == State::header) {
            // Two delimiters with nothing between: an empty part, or one delimiter written twice.
            if (header_.empty()) note(Ambiguity::odd_boundary);
            end_header(offset);
        }
        // The CRLF in front of a delimiter belongs to it.
        close_above(frame + 1, offset >= 2 ? offset - 2 : 0);
        if (stack_[frame].is_closed) note(Ambiguity::odd_boundary);
        // RFC 2046 §5.1: one part at least. To some a multipart without any is a part itself.
        if (closes && !stack_[frame].has_parts) note(Ambiguity::odd_boundary);
        stack_[frame].is_closed = closes;
        stack_[frame].has_parts = true;
        if (closes)
            state_ = State::ignored;
        else
            start_header();
    }

    // Ends the current leaf and every frame from `depth` on; `to` is the end of what they hold.
    void close_above(std::size_t depth, std::uint64_t to) {
        if (state_ == State::leaf) end_leaf();
        state_ = State::ignored;
        while (stack_.size() > depth) {
            const Frame& frame = stack_.back();
            if (frame.kind == FrameKind::message)
                sink_.end_message(frame.index, frame.from, std::max(frame.from, to));
            else
                sink_.end_multipart();
            if (frame.kind == FrameKind::multipart && !frame.is_closed)
                note(Ambiguity::odd_boundary);
            stack_.pop_back();
        }
    }

    void end_of_message() {
        end_header(message_.size());
        if (state_ == State::leaf && has_pending_crlf_) put_raw("\r\n");
        close_above(0, message_.size());
    }

    // The header of a part ends without an empty line, and so does that of the message in it.
    void end_header(std::uint64_t offset) {
        while (state_ == State::header) start_part(offset);
    }

    void start_header() {
        state_ = State::header;
        header_.clear();
    }

    void take_header_line(const LinePiece& line) {
        if (line.begins) {
            if (line.ends && line.bytes.empty()) {
                start_part(line.next_offset());
                return;
            }
            const bool folded = line.bytes.starts_with(' ') || line.bytes.starts_with('\t');
            const bool is_field = folded ? !header_.empty() : field_name_length(line.bytes) != 0;
            if (!is_field) {
                note(Ambiguity::malformed_header);
                start_part(line.offset);
                take(line);
                return;
            }
        }
        // One byte over the bound, so that the header knows it was cut.
        if (header_.size() > Header::bytes_max) return;
        header_ += line.bytes;
        if (line.ends) header_ += "\r\n";
    }

    // The header of a part is complete; its content begins at `offset`.
    void start_part(std::uint64_t offset) {
        const Header header = Header::parse(header_);
        const bool is_root = result_.parts == 0;
        if (header.malformed() || begins_on_next_line(header_)) note(Ambiguity::malformed_header);
        if (header.truncated()) note(Ambiguity::header_too_long);
        if (is_root) check_from(header);
        const bool in_digest = !stack_.empty() && stack_.back().is_digest;
        const Part part = read_part(header, in_digest ? "message/rfc822" : "text/plain");
        for (const auto ambiguity : part.ambiguities) note(ambiguity);

        state_ = State::ignored;
        if (result_.parts == limits_.parts_max) {
            note(Ambiguity::too_many_parts);
            is_stopped_ = true;
            return;
        }
        ++result_.parts;
        const bool opens = (part.is_multipart() && !part.boundary.empty()) || part.is_message();
        const bool is_deep = stack_.size() >= static_cast<std::size_t>(limits_.depth_max);
        if (opens && is_deep) note(Ambiguity::too_deep);
        if (!opens || is_deep)
            start_leaf(part);
        else if (part.is_message())
            open_message(part, offset);
        else
            open_multipart(part);
    }

    void check_from(const Header& header) {
        const auto from = header.from();
        if (header.count("From") != 1 || from.size() != 1 || !from.front().address)
            note(Ambiguity::not_one_from);
    }

    void open_multipart(const Part& part) {
        Frame frame;
        frame.delimiter = "--" + part.boundary;
        frame.is_digest = part.type == "multipart/digest";
        for (const auto& outer : stack_) {
            if (outer.kind != FrameKind::multipart) continue;
            if (outer.delimiter.starts_with(frame.delimiter) ||
                frame.delimiter.starts_with(outer.delimiter))
                note(Ambiguity::odd_boundary);
        }
        stack_.push_back(std::move(frame));
        sink_.begin_multipart(part);
    }

    void open_message(const Part& part, std::uint64_t offset) {
        Frame frame;
        frame.kind = FrameKind::message;
        frame.index = next_index_++;
        frame.from = offset;
        sink_.begin_message(frame.index, part);
        stack_.push_back(std::move(frame));
        start_header();
    }

    void start_leaf(const Part& part) {
        state_ = State::leaf;
        decoder_ = TransferDecoder(part.encoding);
        watch_ = EncodingWatch(part.encoding);
        has_pending_crlf_ = false;
        is_text_ = part.type.starts_with("text/");
        uuencode_.restart();
        sink_.begin_leaf(next_index_++, part);
    }

    void take_leaf_line(const LinePiece& line) {
        if (has_pending_crlf_) put_raw("\r\n");
        put_raw(line.bytes);
        has_pending_crlf_ = line.ends;
    }

    void put_raw(std::string_view bytes) {
        raw_ += bytes;
        if (raw_.size() >= leaf_buffer_bytes) flush_leaf();
    }

    void flush_leaf() {
        watch_.add(raw_);
        const std::string_view decoded = decoder_.decode(raw_);
        if (is_text_ && uuencode_.add(decoded)) note(Ambiguity::uuencode_in_text);
        if (!decoded.empty()) sink_.data(decoded);
        raw_.clear();
    }

    void end_leaf() {
        flush_leaf();
        if (watch_.is_broken()) note(Ambiguity::broken_encoding);
        if (is_text_ && uuencode_.add("\n")) note(Ambiguity::uuencode_in_text);
        sink_.end_leaf();
    }

    const MessageBytes& message_;
    const MimeLimits& limits_;
    PartSink& sink_;
    MimeScan result_;
    State state_ = State::header;
    std::vector<Frame> stack_;
    std::string header_;
    int next_index_ = 0;
    bool is_stopped_ = false;
    // The leaf that is open.
    TransferDecoder decoder_ = TransferDecoder(TransferEncoding::identity);
    std::string raw_;  // not decoded yet
    bool has_pending_crlf_ = false;
    bool is_text_ = false;
    EncodingWatch watch_ = EncodingWatch(TransferEncoding::identity);
    UuencodeFinder uuencode_;
};

}  // namespace

Result<MimeScan> scan_mime(const MessageBytes& message, const MimeLimits& limits, PartSink& sink) {
    return Scanner(message, limits, sink).run();
}

}  // namespace mail
