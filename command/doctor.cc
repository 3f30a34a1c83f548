#include "command/doctor.h"

#include "command/doctor_checks.h"
#include "conf/reader.h"

#include <CLI/CLI.hpp>

#include <ostream>

namespace command {

namespace {

struct Given {
    bool json = false;
    bool whole_store = false;
    std::string resolver;
    std::string smuggling_address;
    double smuggling_wait_seconds = 5;
};

int finish(Program& program, const Given& given, const Findings& findings) {
    if (given.json)
        findings.write_json(program.out);
    else
        findings.write_text(program.out);
    program.out.flush();
    if (!program.out) return fail(program, "standard output did not take everything");
    return findings.count(Health::problem) == 0 ? exit_ok : exit_failed;
}

// Every problem of the file is a finding; without settings nothing else can be looked at.
int examine_file_only(Program& program, const Given& given, const conf::Reading& reading) {
    Findings findings;
    for (const auto& problem : reading.problems)
        findings.problem("configuration", problem.to_text(), "postern check says the same");
    findings.unknown(
        "everything else", "not looked at without a good configuration", "mend the file first"
    );
    return finish(program, given, findings);
}

int doctor(Program& program, const Given& given) {
    auto dns = DnsQuestions::create(given.resolver);
    if (!dns) return fail_usage(program, "--resolver: " + dns.error().text);
    auto reading = conf::read_file(program.config);
    if (!reading.ok()) return examine_file_only(program, given, reading);
    const auto log = program.make_log(base::LogLevel::error);
    Examined examined{
        .program = program,
        .settings = reading.settings,
        .log = *log,
        .dns = *dns,
        .whole_store = given.whole_store,
        .smuggling_address = std::nullopt,
        .smuggling_wait =
            std::chrono::milliseconds(static_cast<int>(given.smuggling_wait_seconds * 1000))
    };
    if (!given.smuggling_address.empty()) {
        auto address = mail::Address::parse(given.smuggling_address);
        if (!address) return fail_usage(program, "--probe-smuggling: " + address.error().text);
        if (reading.settings.domain_of(address->domain()) == nullptr)
            return fail_usage(
                program,
                "--probe-smuggling: " + address->domain().text() +
                    " is not one of the domains of the configuration"
            );
        examined.smuggling_address = std::move(*address);
    }
    Findings findings;
    check_files(examined, findings);
    check_disk(examined, findings);
    check_clock(examined, findings);
    check_store(examined, findings);
    check_listeners(examined, findings);
    check_tls(examined, findings);
    check_dns(examined, findings);
    check_backends(examined, findings);
    return finish(program, given, findings);
}

}  // namespace

void add_doctor(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub =
        app.add_subcommand("doctor", "Look at everything around the gateway, say what to do");
    sub->footer(
        "Configuration, files, disk, clock, store, listeners, certificate, DNS and the mail\n"
        "servers behind; each line says ok, warning, problem or \"not known\" (it could not be\n"
        "asked), and what to do. Nothing is changed. Run it as the user of `postern serve`.\n"
        "Exit 0: no problem; 1: at least one."
    );
    const auto given = std::make_shared<Given>();
    sub->add_flag("--json", given->json, "for programs");
    sub->add_flag(
        "--whole-store", given->whole_store, "check every page of the store, however long it takes"
    );
    sub->add_option("--resolver", given->resolver, "ask this name server instead of the system's")
        ->type_name("IP:PORT");
    sub->add_option(
           "--probe-smuggling",
           given->smuggling_address,
           "ask this address's mail server whether it ends a mail at a bare line feed; if it does, "
           "the address gets one mail that explains it"
    )
        ->type_name("ADDRESS");
    sub->add_option(
           "--probe-wait",
           given->smuggling_wait_seconds,
           "how long to wait for an answer after each of the five forms (default 5)"
    )
        ->check(CLI::Range(0.1, 60.0))
        ->type_name("SECONDS");
    add_config_option(*sub, program);
    sub->callback([&program, &chosen, given] {
        chosen = [&program, given] { return doctor(program, *given); };
    });
}

}  // namespace command
