#include "mail/encoding.h"

#include <gmime/gmime.h>

#include <algorithm>

namespace mail {
namespace {

GMimeContentEncoding gmime_name(TransferEncoding encoding) {
    switch (encoding) {
        case TransferEncoding::identity:
            return GMIME_CONTENT_ENCODING_BINARY;
        case TransferEncoding::base64:
            return GMIME_CONTENT_ENCODING_BASE64;
        case TransferEncoding::quoted_printable:
            return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    }
    return GMIME_CONTENT_ENCODING_BINARY;
}

std::string encode(GMimeContentEncoding encoding, std::string_view bytes) {
    GMimeEncoding state;
    g_mime_encoding_init_encode(&state, encoding);
    std::string result(g_mime_encoding_outlen(&state, bytes.size()), '\0');
    result.resize(g_mime_encoding_flush(&state, bytes.data(), bytes.size(), result.data()));
    return result;
}

}  // namespace

struct TransferDecoder::State {
    TransferEncoding encoding;
    GMimeEncoding gmime;
    std::string output;
};

TransferDecoder::TransferDecoder(TransferEncoding encoding)
    : state_(std::make_unique<State>(State{encoding, {}, {}})) {
    g_mime_encoding_init_decode(&state_->gmime, gmime_name(encoding));
}
TransferDecoder::~TransferDecoder() = default;
TransferDecoder::TransferDecoder(TransferDecoder&&) noexcept = default;
TransferDecoder& TransferDecoder::operator=(TransferDecoder&&) noexcept = default;

std::string_view TransferDecoder::decode(std::string_view piece) {
    if (state_->encoding == TransferEncoding::identity || piece.empty()) return piece;
    std::string& output = state_->output;
    output.resize(std::max(output.size(), g_mime_encoding_outlen(&state_->gmime, piece.size())));
    const std::size_t size =
        g_mime_encoding_step(&state_->gmime, piece.data(), piece.size(), output.data());
    return std::string_view(output).substr(0, size);
}

std::string decode(TransferEncoding encoding, std::string_view bytes) {
    TransferDecoder decoder(encoding);
    return std::string(decoder.decode(bytes));
}

std::string encode_base64(std::string_view bytes) {
    std::string result = encode(GMIME_CONTENT_ENCODING_BASE64, bytes);
    std::erase(result, '\n');
    return result;
}

std::string encode_quoted_printable(std::string_view text) {
    if (text.empty()) return {};
    return encode(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, text);
}

}  // namespace mail
