#include "command/describe.h"

#include "command/version.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <ostream>

namespace command {

namespace json = boost::json;

namespace {

json::string text_of(const std::string& text) {
    return json::string(text);
}

// A type name reads "STATE", or with its choices "STATE:{held,released}".
void put_type(json::object& object, const std::string& type) {
    const auto colon = type.find(":{");
    object["type"] = text_of(type.substr(0, colon));
    json::array choices;
    if (colon != std::string::npos) {
        auto rest = type.substr(colon + 2, type.size() - colon - 3);
        for (const auto& choice : CLI::detail::split(rest, ','))
            choices.emplace_back(text_of(choice));
    }
    object["choices"] = std::move(choices);
}

json::object describe(const CLI::Option& option) {
    json::object object;
    json::array names;
    for (const auto& name : option.get_snames()) names.emplace_back(text_of("-" + name));
    for (const auto& name : option.get_lnames()) names.emplace_back(text_of("--" + name));
    if (option.get_positional()) object["positional"] = text_of(option.get_name(true));
    object["names"] = std::move(names);
    object["what"] = text_of(option.get_description());
    object["required"] = option.get_required();
    object["takes_value"] = option.get_items_expected_max() > 0;
    object["repeats"] = option.get_items_expected_max() > 1;
    put_type(object, option.get_type_name());
    return object;
}

json::object describe(const CLI::App& app) {
    json::object object;
    object["name"] = text_of(app.get_name());
    object["what"] = text_of(app.get_description());
    // A sub-command without words of its own has its parent's.
    const bool is_inherited =
        app.get_parent() != nullptr && app.get_footer() == app.get_parent()->get_footer();
    object["more"] = text_of(is_inherited ? std::string() : app.get_footer());
    json::array options;
    for (const auto* option : app.get_options()) options.emplace_back(describe(*option));
    object["options"] = std::move(options);
    json::array commands;
    for (const auto* sub :
         app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); }))
        commands.emplace_back(describe(*sub));
    object["commands"] = std::move(commands);
    return object;
}

}  // namespace

void add_describe(CLI::App& app, Program& program, Chosen& chosen) {
    auto* sub = app.add_subcommand("describe", "The command line as JSON");
    sub->group("");
    sub->callback([&app, &program, &chosen] {
        chosen = [&app, &program] {
            auto whole = describe(app);
            whole["version"] = text_of(std::string(version()));
            program.out << json::serialize(whole) << '\n';
            return exit_ok;
        };
    });
}

}  // namespace command
