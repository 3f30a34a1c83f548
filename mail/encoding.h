#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mail {

// RFC 2045 §6. 7bit, 8bit and binary all mean that nothing was done to the bytes.
enum class TransferEncoding { identity, base64, quoted_printable };

// Takes an encoding away from bytes that come in pieces cut anywhere. What is not of the encoding's
// alphabet is passed over, as mail readers do.
class TransferDecoder {
  public:
    explicit TransferDecoder(TransferEncoding encoding);
    ~TransferDecoder();
    TransferDecoder(TransferDecoder&&) noexcept;
    TransferDecoder& operator=(TransferDecoder&&) noexcept;

    // The decoded bytes; the view holds until the next call.
    std::string_view decode(std::string_view piece);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string decode(TransferEncoding encoding, std::string_view bytes);

// Without line ends.
std::string encode_base64(std::string_view bytes);

// RFC 2045 §6.7 for text with LF line ends, which stay LF; lines of at most 76 columns.
std::string encode_quoted_printable(std::string_view text);

}  // namespace mail
