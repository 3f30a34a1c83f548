#include "gateway/tls_stream.h"

#include "base/ensure.h"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>

namespace gateway {

// OpenSSL's own socket layer writes without MSG_NOSIGNAL: a peer that has gone would end the
// process.
struct WireMethod {
    static TlsStream::Wire& wire(BIO* bio) {
        return *static_cast<TlsStream::Wire*>(BIO_get_data(bio));
    }

    static bool is_for_later(int error) {
        return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
    }

    static int read(BIO* bio, char* into, int size) {
        BIO_clear_retry_flags(bio);
        auto& from = wire(bio);
        const auto got = ::recv(from.descriptor, into, static_cast<std::size_t>(size), 0);
        if (got == 0) from.ended = true;
        if (got < 0 && is_for_later(errno)) BIO_set_retry_read(bio);
        return static_cast<int>(got);
    }

    static int write(BIO* bio, const char* bytes, int size) {
        BIO_clear_retry_flags(bio);
        const auto sent =
            ::send(wire(bio).descriptor, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent < 0 && is_for_later(errno)) BIO_set_retry_write(bio);
        return static_cast<int>(sent);
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) return wire(bio).ended ? 1 : 0;
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static const BIO_METHOD* get() {
        static const BIO_METHOD* const method = [] {
            BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
            base::ensure(made != nullptr, "OpenSSL takes a layer of our own");
            BIO_meth_set_read(made, &WireMethod::read);
            BIO_meth_set_write(made, &WireMethod::write);
            BIO_meth_set_ctrl(made, &WireMethod::control);
            return made;
        }();
        return method;
    }
};

void TlsStream::Free::operator()(SSL* ssl) const {
    SSL_free(ssl);
}

TlsStream::TlsStream(SSL_CTX* context, int descriptor, Side side, const std::string& host)
    : wire_{descriptor, false}, ssl_(SSL_new(context)) {
    BIO* bio = ssl_ ? BIO_new(WireMethod::get()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_mode(
        ssl_.get(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    SSL_set_read_ahead(ssl_.get(), 1);  // or each record costs two calls of the system
    if (side == Side::server) {
        SSL_set_accept_state(ssl_.get());
        return;
    }
    SSL_set_connect_state(ssl_.get());
    if (host.empty()) return;
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    bool known = false;
    if (not_an_address) {
        // RFC 6066 §3: no name is sent for an IP address.
        SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        known = SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) == 1 &&
                SSL_set1_host(ssl_.get(), host.c_str()) == 1;
    } else {
        known = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) == 1;
    }
    // Without it a certificate of anybody would do.
    if (!known) throw std::bad_alloc();
}

TlsStream::~TlsStream() = default;

TlsStream::Status TlsStream::status_of(int returned) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_NONE:
            return Status::done;
        case SSL_ERROR_WANT_READ:
            return Status::needs_input;
        case SSL_ERROR_WANT_WRITE:
            return Status::needs_output;
        case SSL_ERROR_ZERO_RETURN:
            return Status::ended;
        case SSL_ERROR_SYSCALL:
            error_ = std::strerror(system_error);
            return Status::failed;
        default:
            break;
    }
    const auto code = ERR_peek_error();
    // The caller's protocol says whether something was cut off.
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Status::ended;
    const char* reason = ERR_reason_error_string(code);
    error_ = reason != nullptr ? reason : fmt::format("TLS error {}", code);
    return Status::failed;
}

TlsStream::Status TlsStream::handshake() {
    ERR_clear_error();
    const Status status = status_of(SSL_do_handshake(ssl_.get()));
    if (status != Status::ended) return status;
    error_ = "the other side closed during the handshake";
    return Status::failed;
}

TlsStream::Status TlsStream::read(std::span<char> into, std::size_t& size) {
    base::ensure(!into.empty(), "there is room to read into");
    ERR_clear_error();
    return status_of(SSL_read_ex(ssl_.get(), into.data(), into.size(), &size));
}

TlsStream::Status TlsStream::write(std::string_view bytes, std::size_t& size) {
    size = 0;
    if (bytes.empty()) return Status::done;
    ERR_clear_error();
    return status_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size));
}

TlsStream::Status TlsStream::shut_down() {
    ERR_clear_error();
    const int returned = SSL_shutdown(ssl_.get());
    // 0: ours has been sent, and the other side has said nothing yet.
    return returned >= 0 ? Status::done : status_of(returned);
}

std::string TlsStream::description() const {
    return fmt::format("{} {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

}  // namespace gateway
