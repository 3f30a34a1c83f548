#include "policy/built_in_rules.h"

#include <utility>

namespace policy {

namespace {

// What Windows, macOS, Linux desktops or an office program run when it is opened, and what hides
// such files from a look at the name.
std::vector<std::string> executable_and_archive_extensions() {
    return {// programs and scripts
            "app",
            "appimage",
            "application",
            "bat",
            "bin",
            "chm",
            "cmd",
            "com",
            "command",
            "cpl",
            "deb",
            "desktop",
            "dll",
            "dmg",
            "exe",
            "gadget",
            "hta",
            "inf",
            "jar",
            "jnlp",
            "js",
            "jse",
            "lnk",
            "msc",
            "msi",
            "msix",
            "msp",
            "mst",
            "ocx",
            "pif",
            "pkg",
            "ps1",
            "psm1",
            "py",
            "pyz",
            "reg",
            "rpm",
            "run",
            "scf",
            "scr",
            "sct",
            "settingcontent-ms",
            "sh",
            "sys",
            "url",
            "vb",
            "vbe",
            "vbs",
            "ws",
            "wsc",
            "wsf",
            "wsh",
            "xll",
            // documents with macros
            "docm",
            "dotm",
            "potm",
            "ppam",
            "ppsm",
            "pptm",
            "sldm",
            "xlam",
            "xlsb",
            "xlsm",
            "xltm",
            // archives and disk images
            "7z",
            "ace",
            "arj",
            "bz2",
            "cab",
            "cpio",
            "gz",
            "img",
            "iso",
            "lha",
            "lz",
            "lz4",
            "lzh",
            "rar",
            "tar",
            "tbz",
            "tgz",
            "txz",
            "udf",
            "vhd",
            "vhdx",
            "xz",
            "z",
            "zip",
            "zipx",
            "zst"
    };
}

}  // namespace

Rules built_in_rules() {
    Rule content;
    content.name = ambiguous_content_rule;
    content.conditions.push_back(Condition::ambiguous({}));
    content.conditions.push_back(Condition::attachment_extension(executable_and_archive_extensions()
    ));
    content.action = Action::hold;
    content.hold_for = mail::HoldKind::administrator;
    content.reason =
        "This mail carries a program or an archive and is built in a way that mail programs "
        "disagree about what it contains.";

    Rule from;
    from.name = not_one_from_rule;
    from.conditions.push_back(Condition::ambiguous({mail::Ambiguity::not_one_from}));
    from.action = Action::hold;
    from.hold_for = mail::HoldKind::user;
    from.reason =
        "This mail does not say clearly who wrote it: it names no sender, or more than one.";

    Rules rules;
    rules.push_back(std::move(content));
    rules.push_back(std::move(from));
    return rules;
}

}  // namespace policy
