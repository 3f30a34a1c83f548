#include "gateway/tls.h"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <ctime>

namespace gateway {

using base::ErrorKind;
using base::failure;
using base::Result;
using boost::system::error_code;
namespace ssl = boost::asio::ssl;

namespace {

std::shared_ptr<TlsContext> new_context(TlsContext::method method) {
    auto context = std::make_shared<TlsContext>(method);
    SSL_CTX* raw = context->native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no buffers
    return context;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> server_context(const conf::Tls& settings) {
    auto context = new_context(TlsContext::tls_server);
    error_code error;
    context->use_certificate_chain_file(settings.certificate.string(), error);
    if (error)
        return failure(
            ErrorKind::invalid,
            "[tls] certificate {}: {}",
            settings.certificate.string(),
            error.message()
        );
    context->use_private_key_file(settings.key.string(), TlsContext::pem, error);
    if (error)
        return failure(
            ErrorKind::invalid, "[tls] key {}: {}", settings.key.string(), error.message()
        );
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        return failure(
            ErrorKind::invalid,
            "[tls] key {} does not belong to the certificate {}",
            settings.key.string(),
            settings.certificate.string()
        );
    return context;
}

std::int64_t certificate_end(const TlsContext& context) {
    auto* raw = const_cast<TlsContext&>(context).native_handle();  // only looked at
    const X509* certificate = SSL_CTX_get0_certificate(raw);
    if (certificate == nullptr) return 0;
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
    return timegm(&end);
}

TlsFiles TlsFiles::of(const conf::Tls& settings) {
    const auto state_of = [](const std::filesystem::path& file) {
        struct stat found{};
        if (stat(file.c_str(), &found) != 0) return FileState();
        const auto nanoseconds = [](const timespec& time) {
            return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
        };
        return FileState{
            found.st_dev,
            found.st_ino,
            found.st_size,
            nanoseconds(found.st_mtim),
            nanoseconds(found.st_ctim)
        };
    };
    return {state_of(settings.certificate), state_of(settings.key)};
}

Result<std::shared_ptr<TlsContext>> client_context(PeerCheck check) {
    auto context = new_context(TlsContext::tls_client);
    if (check == PeerCheck::none) {
        context->set_verify_mode(ssl::verify_none);
        return context;
    }
    error_code error;
    context->set_default_verify_paths(error);
    if (error)
        return failure(ErrorKind::trouble, "system certificate authorities: {}", error.message());
    context->set_verify_mode(ssl::verify_peer);
    return context;
}

}  // namespace gateway
