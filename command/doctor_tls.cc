#include "command/doctor_checks.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace command {

namespace {

template <auto free_it>
struct Free {
    template <class T>
    void operator()(T* owned) const {
        free_it(owned);
    }
};
using File = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Check = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

constexpr auto soon = std::chrono::days(14);
constexpr std::size_t chain_max = 20;
constexpr std::string_view renew =
    "get a new certificate (full chain) and its key, then reload (SIGHUP)";

std::string openssl_says() {
    std::array<char, 256> text{};
    const auto code = ERR_peek_last_error();
    ERR_error_string_n(code, text.data(), text.size());
    ERR_clear_error();
    return code == 0 ? "it cannot be read" : text.data();
}

// All certificates of the file, the own one first.
std::vector<Certificate> read_chain(const std::filesystem::path& file) {
    std::vector<Certificate> chain;
    const File in(BIO_new_file(file.c_str(), "r"));
    while (in && chain.size() < chain_max) {
        Certificate next(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        chain.push_back(std::move(next));
    }
    return chain;
}

std::time_t seconds_of(base::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string text_of(const ASN1_TIME* time) {
    std::tm broken{};
    if (ASN1_TIME_to_tm(time, &broken) != 1) return "an unreadable date";
    return fmt::format(
        "{:04}-{:02}-{:02}", broken.tm_year + 1900, broken.tm_mon + 1, broken.tm_mday
    );
}

void check_dates(const Examined& examined, const X509* own, Findings& findings) {
    const auto now = seconds_of(examined.program.clock.now());
    const auto* until = X509_get0_notAfter(own);
    const auto last_day = text_of(until);
    // -1: earlier than the time given; 0 says that the date cannot be read.
    if (ASN1_TIME_cmp_time_t(X509_get0_notBefore(own), now) > 0)
        return findings.problem(
            "tls validity",
            "the certificate is not valid yet, but from " + text_of(X509_get0_notBefore(own)),
            "look at the clock, or use the certificate from before"
        );
    if (ASN1_TIME_cmp_time_t(until, now) < 0)
        return findings.problem("tls validity", "it expired on " + last_day, std::string(renew));
    if (ASN1_TIME_cmp_time_t(until, seconds_of(examined.program.clock.now() + soon)) < 0)
        return findings.warning("tls validity", "it expires on " + last_day, std::string(renew));
    findings.ok("tls validity", "until " + last_day);
}

void check_name(const Examined& examined, X509* own, Findings& findings) {
    const auto& name = examined.settings.hostname;
    if (X509_check_host(own, name.data(), name.size(), 0, nullptr) == 1)
        return findings.ok("tls name", "the certificate is for " + name);
    findings.warning(
        "tls name",
        "the certificate is not for " + name,
        "senders that check names (MTA-STS, DANE) will not deliver: get one that names the host of "
        "the MX record"
    );
}

void check_key(const Examined& examined, X509* own, Findings& findings) {
    const File in(BIO_new_file(examined.settings.tls.key.c_str(), "r"));
    // A key with a passphrase would ask on the terminal: an empty one refuses instead.
    std::array<char, 1> no_passphrase{};
    const Key key(
        in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, no_passphrase.data()) : nullptr
    );
    if (!key)
        return findings.problem(
            "tls key",
            examined.settings.tls.key.string() + ": " + openssl_says(),
            "give the key in PEM without a passphrase, readable for the user of `postern serve`"
        );
    if (X509_check_private_key(own, key.get()) == 1)
        return findings.ok("tls key", "belongs to the certificate");
    ERR_clear_error();
    findings.problem(
        "tls key", "it does not belong to the certificate", "take both from one renewal"
    );
}

void check_chain(
    const Examined& examined, const std::vector<Certificate>& chain, Findings& findings
) {
    const Store store(X509_STORE_new());
    const Check check(X509_STORE_CTX_new());
    auto* between = sk_X509_new_null();
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> owned(
        between, [](STACK_OF(X509) * stack) { sk_X509_free(stack); }
    );
    if (!store || !check || between == nullptr || X509_STORE_set_default_paths(store.get()) != 1)
        return findings.unknown("tls chain", openssl_says(), "install ca-certificates");
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between, chain[i].get());
    if (X509_STORE_CTX_init(check.get(), store.get(), chain.front().get(), between) != 1)
        return findings.unknown("tls chain", openssl_says(), "run doctor again");
    // Dates have their own check.
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(check.get()), X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(check.get()) == 1)
        return findings.ok(
            "tls chain", fmt::format("complete, {} certificates in the file", chain.size())
        );
    const int why = X509_STORE_CTX_get_error(check.get());
    ERR_clear_error();
    const bool is_own = why == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
    findings.warning(
        "tls chain",
        is_own ? "the certificate signed itself" : X509_verify_cert_error_string(why),
        is_own
            ? "enough for mail that is encrypted when possible; senders that check need one of a "
              "known authority"
            : "put the intermediate certificates behind the own one in " +
                  examined.settings.tls.certificate.string()
    );
}

}  // namespace

void check_tls(const Examined& examined, Findings& findings) {
    if (!examined.settings.tls.is_set())
        return findings.warning(
            "tls",
            "there is no certificate: mail comes in without encryption",
            "set [tls] certificate and key, and tls = \"optional\" on the listener"
        );
    const auto& file = examined.settings.tls.certificate;
    const auto chain = read_chain(file);
    if (chain.empty())
        return findings.problem(
            "tls certificate",
            file.string() + ": " + openssl_says(),
            "give the certificate and those between it and the authority in PEM"
        );
    // Reading the file to its end leaves "no start line" behind.
    ERR_clear_error();
    check_key(examined, chain.front().get(), findings);
    check_dates(examined, chain.front().get(), findings);
    check_name(examined, chain.front().get(), findings);
    check_chain(examined, chain, findings);
}

}  // namespace command
