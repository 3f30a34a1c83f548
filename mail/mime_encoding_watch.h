#pragma once

#include "mail/encoding.h"

#include <cstdint>
#include <string_view>

namespace mail {

// Watches encoded bytes go by for what decoders take in different ways. It decodes nothing.
class EncodingWatch {
  public:
    explicit EncodingWatch(TransferEncoding encoding) : encoding_(encoding) {}

    void add(std::string_view encoded);
    // After the last byte: base64 (RFC 2045 §6.8) with bytes that are not of its alphabet, or with
    // padding before the end or missing there; quoted-printable (§6.7) with an equals sign that
    // stands neither before two digits nor at the end of a line.
    bool is_broken() const;

  private:
    enum class Escape { none, begun, digit, blanks, cr };

    void add_base64(std::string_view encoded);
    void add_quoted_printable(std::string_view encoded);
    void after_equals(char c);

    TransferEncoding encoding_;
    bool broken_ = false;
    std::uint64_t letters_ = 0;
    int padding_ = 0;
    Escape escape_ = Escape::none;
};

}  // namespace mail
