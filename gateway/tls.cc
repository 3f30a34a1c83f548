#include "gateway/tls.h"

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
