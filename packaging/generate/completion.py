"""What bash, zsh and fish complete, each from the program's own description of its command line."""

import shlex


def bash(tree):
    paths, values, words = [], [], []
    for command in tree.walk():
        at = "/".join(("", *command.path))
        if command.path:
            paths.append(at)
        offered = [sub.name for sub in command.commands] + [name for option in command.options for name in option.names]
        files = any(positional.is_file for positional in command.positionals)
        words.append(f"        '{at}') words='{' '.join(offered)}' files={'yes' if files else ''} ;;")
        for option in command.options:
            if option.takes_value:
                pattern = "|".join(f"'{at}:{name}'" for name in option.names)
                what = "f" if option.is_file else f"W {' '.join(option.choices)}".rstrip()
                values.append(f"        {pattern}) value='{what}' ;;")
    return "\n".join(
        [
            "# bash completion for postern, made from the program's own description of its command line.",
            "_postern() {",
            "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}",
            "    local path= words= files= value=none i",
            "    # --config=FILE comes as three words.",
            "    if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi",
            "    for ((i = 1; i < COMP_CWORD; i++)); do",
            "        case $path/${COMP_WORDS[i]} in",
            f"        {' | '.join(paths)}) path=$path/${{COMP_WORDS[i]}} ;;",
            "        esac",
            "    done",
            "    case $path:$prev in",
            *values,
            "    esac",
            "    case $path in",
            *words,
            "    esac",
            "    case $value in",
            "        f) words= files=yes ;;",
            "        W*) words=${value#W} files= ;;",
            "    esac",
            "    [[ $cur == -* && $value == none ]] && files=",
            '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur"; [[ $files ]] && compgen -f -- "$cur")',
            "    [[ $files ]] && compopt -o filenames 2>/dev/null",
            "    return 0",
            "}",
            "complete -F _postern postern",
            "",
        ]
    )


def zsh_text(text):
    """Within the square brackets or after the colon of an _arguments specification."""
    for mark in "\\[]:":
        text = text.replace(mark, "\\" + mark)
    return text


def zsh_action(option):
    if option.choices:
        return f"({' '.join(option.choices)})"
    return "_files" if option.is_file else ""


def zsh_option(option):
    lines = []
    for name in option.names:
        text = f"{'*' if option.repeats else ''}{name}{'=' if option.takes_value and name.startswith('--') else ''}"
        text += f"[{zsh_text(option.what)}]"
        if option.takes_value:
            text += f":{zsh_text(option.type)}:{zsh_action(option)}"
        lines.append(shlex.quote(text))
    return lines


def zsh_positional(option):
    return shlex.quote(f"{'*' if option.repeats else ''}:{zsh_text(option.type or option.positional)}:{zsh_action(option)}")


def zsh_function(command):
    name = "_".join(("_postern", *command.path)).replace("-", "_")
    lines = [f"{name}() {{"]
    specs = [line for option in command.options for line in zsh_option(option)]
    if command.commands:
        lines += ["    local context state state_descr line", "    typeset -A opt_args", "    local -a commands"]
        lines.append("    commands=(")
        lines += [f"        {shlex.quote(f'{sub.name}:{zsh_text(sub.what)}')}" for sub in command.commands]
        lines += ["    )", "    _arguments -C \\"]
        lines += [f"        {spec} \\" for spec in specs]
        lines += ["        '1:command:->command' '*::argument:->argument' && return", "    case $state in"]
        lines.append("    command) _describe -t commands 'postern command' commands ;;")
        lines += ["    argument)", "        case $words[1] in"]
        lines += [f"        {sub.name}) {name}_{sub.name.replace('-', '_')} ;;" for sub in command.commands]
        lines += ["        esac", "        ;;", "    esac"]
    else:
        specs += [zsh_positional(positional) for positional in command.positionals]
        lines.append("    _arguments \\" if specs else "    _arguments")
        lines += [f"        {spec}{' ' + chr(92) if spec is not specs[-1] else ''}" for spec in specs]
    return [*lines, "}", ""]


def zsh(tree):
    lines = ["#compdef postern", "# Made from the program's own description of its command line.", ""]
    for command in reversed(list(tree.walk())):
        lines += zsh_function(command)
    return "\n".join([*lines, '_postern "$@"', ""])


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


FISH_AT = """\
# fish completion for postern, made from the program's own description of its command line.

# Whether the words so far name exactly this sub-command ("" is none yet). A word that is none of
# the sub-commands is an argument or the value of an option.
function __fish_postern_at
    set -l known {paths}
    set -l path
    for word in (commandline -opc)[2..-1]
        if contains -- (string join -- ' ' $path $word) $known
            set path $path $word
        end
    end
    test "$path" = "$argv"
end

complete -c postern -f
"""


def fish(tree):
    paths = " ".join(fish_quote(" ".join(command.path)) for command in tree.walk() if command.path)
    lines = [FISH_AT.format(paths=paths)]
    for command in tree.walk():
        at = f"complete -c postern -n {fish_quote(' '.join(('__fish_postern_at', *command.path)))}"
        for sub in command.commands:
            lines.append(f"{at} -a {fish_quote(sub.name)} -d {fish_quote(sub.what)}")
        for option in command.options:
            text = at
            for name in option.names:
                text += f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}"
            if option.takes_value:
                text += " -r -F" if option.is_file else " -x"
                if option.choices:
                    text += f" -a {fish_quote(' '.join(option.choices))}"
            lines.append(f"{text} -d {fish_quote(option.what)}")
        if any(positional.is_file for positional in command.positionals):
            lines.append(f"{at} -F")
    return "\n".join([*lines, ""])
