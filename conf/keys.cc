#include "conf/fields.h"

// Every plain key with its bounds. A bound is where a value stops being a choice and is a mistake.

namespace conf {

namespace {

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;
constexpr std::uint64_t gibibyte = 1024 * mebibyte;
constexpr std::uint64_t day_seconds = 86'400;
constexpr std::uint64_t year_hours = 365ULL * 24;
constexpr Range up_to_a_day = {1, day_seconds};

}  // namespace

void list_top(Fields& fields, Settings& settings) {
    fields.count("threads", settings.threads, {0, 1024});
    fields.duration("shutdown_timeout_seconds", settings.shutdown_timeout, {1, 3600});
}

void list(Fields& fields, Smtp& smtp) {
    fields.count("max_message_bytes", smtp.max_message_bytes, {kibibyte, 4 * gibibyte});
    fields.count("max_recipients", smtp.max_recipients, {1, 100'000});
    fields.duration("greeting_delay_seconds", smtp.greeting_delay, {0, 120});
    fields.duration("command_timeout_seconds", smtp.command_timeout, up_to_a_day);
    fields.duration("data_timeout_seconds", smtp.data_timeout, up_to_a_day);
    fields.duration("data_total_timeout_seconds", smtp.data_total_timeout, up_to_a_day);
    fields.count("data_rate_min_bytes_per_second", smtp.data_rate_min, {0, gibibyte});
    fields.duration("data_rate_grace_seconds", smtp.data_rate_grace, {0, day_seconds});
    // RFC 5321 §4.5.3.1.4: a command line has at least 512 bytes.
    fields.count("command_line_bytes_max", smtp.command_line_bytes_max, {512, 64 * kibibyte});
    fields.count("max_errors", smtp.max_errors, {1, 10'000});
    fields.count("max_empty_commands", smtp.max_empty_commands, {1, 1'000'000});
    fields.count("max_transactions", smtp.max_transactions, {1, 1'000'000'000});
    fields.count("max_connections", smtp.max_connections, {1, 1'000'000});
    fields.count("max_connections_per_client", smtp.max_connections_per_client, {1, 1'000'000});
    fields.count("max_received_fields", smtp.max_received_fields, {1, 1000});
    fields.count("spool_memory_bytes", smtp.spool_memory_bytes, {4 * kibibyte, gibibyte});
    fields.networks("normalise_line_ends_from", smtp.normalise_line_ends_from);
    fields.networks("unlimited_connections_from", smtp.unlimited_connections_from);
    fields.flag("allow_routing_characters", smtp.allow_routing_characters);
}

void list(Fields& fields, SmtpListener& listener) {
    fields.text("name", listener.name);
    fields.tls_mode("tls", listener.tls);
    fields.networks("proxy_protocol_from", listener.proxy_protocol_from);
}

void list(Fields& fields, Tls& tls) {
    fields.path("certificate", tls.certificate);
    fields.path("key", tls.key);
    fields.duration("check_every_seconds", tls.check_every, {0, day_seconds});
}

void list(Fields& fields, ProtectedDomain& domain) {
    fields.tls_mode("backend_tls", domain.backend_tls);
}

void list(Fields& fields, Backend& backend) {
    fields.duration("connect_timeout_seconds", backend.connect_timeout, up_to_a_day);
    fields.duration("command_timeout_seconds", backend.command_timeout, up_to_a_day);
    fields.duration("data_timeout_seconds", backend.data_timeout, up_to_a_day);
    fields.duration("final_reply_timeout_seconds", backend.final_reply_timeout, up_to_a_day);
    fields.count("max_connections", backend.max_connections, {1, 100'000});
    fields.count("max_idle_connections", backend.max_idle_connections, {0, 100'000});
    fields.duration("idle_timeout_seconds", backend.idle_timeout, up_to_a_day);
    fields.count(
        "max_transactions_per_connection", backend.max_transactions_per_connection, {1, 1'000'000}
    );
    fields.count("recipient_cache_entries", backend.recipient_cache_entries, {0, 100'000'000});
    fields.duration(
        "recipient_cache_ttl_seconds", backend.recipient_cache_ttl, {1, 30 * day_seconds}
    );
    fields.duration(
        "recipient_cache_after_milliseconds", backend.recipient_cache_after, {1, 3'600'000}
    );
}

void list(Fields& fields, Quarantine& quarantine) {
    fields.count("retention_days", quarantine.retention_days, {1, 3650});
    fields.count("rejected_days", quarantine.rejected_days, {1, 3650});
    fields.count("disk_reserve_bytes", quarantine.disk_reserve_bytes, {0, 1024 * gibibyte});
    fields.flag("users_may_download_attachments", quarantine.users_may_download_attachments);
}

void list(Fields& fields, Tracking& tracking) {
    // A look-up asks every hour that is kept.
    fields.count("retention_days", tracking.retention_days, {0, 400});
    fields.count("max_records", tracking.max_records, {1000, 1'000'000'000});
}

void list(Fields& fields, Courier& courier) {
    fields.duration("first_retry_seconds", courier.first_retry, up_to_a_day);
    fields.duration("max_retry_seconds", courier.max_retry, up_to_a_day);
    fields.duration("give_up_after_hours", courier.give_up_after, {1, year_hours});
    fields.count("parallel", courier.parallel, {1, 1000});
    fields.duration("undo_window_seconds", courier.undo_window, {0, 3600});
}

void list(Fields& fields, Portal& portal) {
    fields.duration("session_idle_hours", portal.session_idle, {1, year_hours / 12});
    fields.duration("session_absolute_hours", portal.session_absolute, {1, year_hours});
    fields.texts("extra_hosts", portal.extra_hosts);
    fields.text("product_name", portal.product_name);
    fields.path("logo", portal.logo);
    fields.text("accent", portal.accent);
    fields.text("accent_dark", portal.accent_dark);
    fields.text("support_text", portal.support_text);
    fields.text("support_url", portal.support_url);
}

void list(Fields& fields, Digest& digest) {
    fields.flag("enabled", digest.enabled);
    fields.digest_mode("mode", digest.mode);
    fields.count("max_listed", digest.max_listed, {1, 10'000});
    fields.texts("no_notice_for_rules", digest.no_notice_for_rules);
}

void list(Fields& fields, Metrics& metrics) {
    fields.texts("extra_hosts", metrics.extra_hosts);
}

void list(Fields& fields, Logging& log) {
    fields.log_level("level", log.level);
    fields.log_format("format", log.format);
}

void list_policy(Fields& fields, Settings& settings) {
    fields.flag("default_rules", settings.default_rules);
}

}  // namespace conf
