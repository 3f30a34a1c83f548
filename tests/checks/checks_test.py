"""The checks find what they are for, and nothing else."""

import subprocess

import arrows
import co_await
import guide
import pytest
import sources
import styles
import tree

WRONG = {
    "braced argument": "Task<void> f() { co_await g(Options{1}); }",
    "bare braces": "Task<void> f() { auto x = co_await g({1, 2}); }",
    "capturing lambda": "Task<void> f() { co_await g([x] { return x; }); }",
    "lambda with arguments": "Task<void> f() { co_await g([&](int y) -> int { return y; }); }",
    "conditional": "Task<int> f() { co_return a ? co_await g() : 0; }",
    "and": "Task<void> f() { if (ready && co_await g()) h(); }",
    "or": "Task<void> f() { const bool b = co_await g() || h(); }",
    "over lines": "Task<void> f() {\n    co_await g(\n        Options{\n            .a = 1,\n        }\n    );\n}",
    "after a member initialiser": "A::A() : b_{1} { c(); }\nTask<void> f() { co_await g(A{}); }",
    "in a loop's head": "Task<void> f() { while (co_await g(B{})) { h(); } }",
    "inside a coroutine lambda": "auto l = []() -> Task<void> { co_await g(B{}); };",
}
RIGHT = {
    "plain": "Task<void> f() { auto o = Options{1}; co_await g(std::move(o)); }",
    "lambda named first": "Task<void> f() { auto l = [x] { return x; }; co_await g(l); }",
    "lambda without capture": "Task<void> f() { co_await g([] { return 1; }); }",
    "block after": "Task<void> f() { if (auto r = co_await g(); !r) { h(B{}); } else { k(); } }",
    "and in another part": "Task<void> f() { for (auto r = co_await g(); a && b; next()) { } }",
    "in a comment": "// co_await g(B{});\nint x = a ? 1 : 2;",
    "in a string": 'const char* s = "co_await g(B{})"; const char* r = R"x(co_await {})x";',
    "reference": "Task<void> f() { auto&& r = co_await g(); }",
    "subscript": "Task<void> f() { co_await g(a[i], b()[0]); }",
    "inside a coroutine lambda": "auto l = [x]() -> Task<void> { co_await g(); };",
    "switch": "Task<void> f() { switch (co_await g()) { case 1: { h(B{}); break; } default: k({}); } }",
    "struct beside": "struct S { int a{1}; };\nTask<void> f() { co_await g(); }",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_co_await_rule_finds(text):
    assert len(co_await.problems_in(text, "x.cc")) == 1


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_co_await_rule_lets_pass(text):
    assert co_await.problems_in(text, "x.cc") == []


@pytest.fixture
def house(tmp_path):
    """A small project: base below mail below two rooms that do not know each other."""

    def write(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    write(
        "CMakeLists.txt",
        "room(base LINKS x::y)\nroom(mail USES base LINKS z)\nroom(gateway USES mail\n base LINKS q)\nroom(portal USES mail)\n",
    )
    write("base/result.h", "")
    write("mail/address.h", '#include "base/result.h"\n')
    write.top = tmp_path
    return write


def test_rooms_are_read_from_cmake(house):
    assert sources.rooms(house.top) == {
        "base": [],
        "mail": ["base"],
        "gateway": ["mail", "base"],
        "portal": ["mail"],
    }


def test_an_include_against_the_arrows_is_found(house):
    house("portal/page.cc", '#include "base/result.h"\n#include "gateway/session.h"\n')
    assert arrows.problems(house.top) == ["portal/page.cc:2: portal may not use gateway"]


def test_a_rooms_tests_see_what_the_room_sees(house):
    house("tests/mail/address_test.cc", '#include "mail/address.h"\n#include "portal/page.h"\n')
    assert arrows.problems(house.top) == ["tests/mail/address_test.cc:2: mail may not use portal"]


def test_a_room_uses_only_rooms_declared_before_it(house):
    house("CMakeLists.txt", "room(mail USES base)\nroom(base)\n")
    assert arrows.problems(house.top) == ["CMakeLists.txt: mail uses base, which stands after it"]


def test_cited_and_listed_rfcs_are_compared(house):
    house("mail/address.h", "// RFC 5321 §4.1.2: source routes\n")
    house("docs/rfc.md", "| RFC 2045 | MIME |\n")
    assert tree.rfc_problems(house.top) == [
        "docs/rfc.md lists RFC 2045, nothing in the code cites it",
        "mail/address.h: cites RFC 5321, docs/rfc.md does not list it",
    ]


def test_paths_and_hosts_of_the_machine_are_found(house):
    house("docs/a.md", f"see {house.top}/docs and packages.example.net\n")
    house("docs/b.md", f"see /etc{house.top}/docs and it is fine\n")
    house("portal/web/package-lock.json", '{"resolved": "https://elsewhere.example/x.tgz"}\n')
    found = tree.machine_problems(house.top, hosts={"packages.example.net"})
    assert f"docs/a.md:1: names {house.top}/" in found
    assert "docs/a.md:1: names packages.example.net" in found
    assert any(problem.startswith("portal/web/package-lock.json") for problem in found)
    assert not any(problem.startswith("docs/b.md") for problem in found)


def test_long_files_are_found(house):
    house("mail/long.cc", "\n" * 501)
    house("mail/short.cc", "\n" * 500)
    assert tree.length_problems(house.top) == ["mail/long.cc: 501 lines; 500 is the wall"]


ONE_WAY = [
    ".a { margin-left: 4px; }",
    ".a { left: 0; }",
    ".a { padding: 1px 2px 3px 4px; }",
    ".a { text-align: left; }",
    ".a { border-radius: 0 4px 4px 0; }",
    ".a { background-position: right 4px center; }",
    "@media (max-width: 9px) { .a { color: red; float: right } }",
]
BOTH_WAYS = [
    ".a { margin-inline-start: 4px; }",
    ".a { padding: 1px 2px 3px 2px; }",
    ".a { padding: env(safe-area-inset-top) 2px 0 2px; }",
    ".a { text-align: start; }",
    ".a { border-radius: 4px 4px 0 0; }",
    '[dir="rtl"] .a { background-position: left 4px center; }',
    "/* left: 0; */ .a { color: red; }",
]


@pytest.mark.parametrize("text", ONE_WAY)
def test_styles_that_fit_one_direction_are_found(house, text):
    house("portal/web/src/a.css", text)
    assert len(styles.direction_problems(house.top)) == 1


@pytest.mark.parametrize("text", BOTH_WAYS)
def test_styles_that_fit_both_directions_are_left_alone(house, text):
    house("portal/web/src/a.css", text)
    assert styles.direction_problems(house.top) == []


def test_a_catalogue_of_words_may_be_long(house):
    house("portal/web/src/i18n/de.ts", "\n" * 501)
    house("portal/web/src/i18n/pt-BR.ts", "\n" * 501)
    house("portal/web/src/i18n/index.tsx", "\n" * 501)
    assert tree.length_problems(house.top) == ["portal/web/src/i18n/index.tsx: 501 lines; 500 is the wall"]


def test_a_guide_that_shows_every_page_once_is_complete(house):
    guided(house)
    assert guide.guide_problems(house.top) == []


def test_what_a_guide_does_not_show_is_found(house):
    guided(house, routes='{Method::get, "/new/{id}", Access::open, 0, show_page},')
    assert guide.guide_problems(house.top) == ["docs/user-guide shows no picture of /new/{id}"]


def test_pictures_that_are_missing_unused_unknown_or_too_large_are_found(house):
    guided(house, text="![b](images/b.png) ![c](images/c.png)", pictures={"b.png": 200_000})
    found = "\n".join(guide.guide_problems(house.top))
    for problem in ("images/a.png is missing", "images/a.png is in none", "images/c.png is not among", "b.png: 200000 b"):
        assert problem in found


def guided(house, routes="", text="![a](images/a.png)", pictures=None):
    house("portal/routes.cc", 'x {Method::get, "/", Access::open, 0, show_page}, ' + routes)
    house("docs/user-guide/README.md", text)
    house("docs/user-guide/images/pictures.json", '[{"file": "a.png", "pages": ["/"]}, {"file": "b.png", "pages": []}]')
    if text.startswith("![a]"):
        house("docs/user-guide/README.md", text + '<img src="images/b.png" width="9">')
    for name, size in (pictures or {"a.png": 9, "b.png": 9}).items():
        house(f"docs/user-guide/images/{name}", " " * size)
