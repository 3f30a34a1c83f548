"""A statement with co_await holds no braced temporary and no capturing lambda, and co_await stands
in no operand of ?:, && or ||: GCC 12 destroys such temporaries twice, without a warning.

Works on tokens, not on a grammar: it tells blocks from initialisers by what stands before the brace.
"""

import dataclasses
import re

import sources

TOKEN = re.compile(
    r"""
      (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:\\\n|[^\n])* )
    | (?P<raw>  (?:u8|[uUL])?R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)" )
    | (?P<text> (?:u8|[uUL])?"(?:\\.|[^"\\\n])*" | (?:u8|[uUL])?'(?:\\.|[^'\\\n])*' )
    | (?P<word> [A-Za-z_]\w* | \d(?:'?[\w.])* )
    | (?P<mark2> ->|::|&&|\|\||<<|[-+*/%^&|!=<>]= )
    | (?P<one>  . )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
OPENS_TYPE = {"namespace", "struct", "class", "union", "enum", "extern"}
BLOCK_AFTER = {")", "else", "do", "try", "{", "}", ";", ":", "const", "noexcept", "override", "final", "mutable"}


@dataclasses.dataclass
class Token:
    text: str
    line: int


@dataclasses.dataclass
class Statement:
    """The tokens of one statement; those of blocks and lambda bodies inside it are left out."""

    tokens: list = dataclasses.field(default_factory=list)
    braces: bool = False
    captures: bool = False


def tokens_of(text):
    line = 1
    for match in TOKEN.finditer(text):
        if match.lastgroup != "skip":
            word = match.group() if match.lastgroup in ("word", "mark2", "one") else '""'
            yield Token(word, line)
        line += match.group().count("\n")


def matching_open(tokens, at):
    """The index of the bracket that the closing one at `at` belongs to."""
    pairs = {")": "(", "]": "["}
    depth, close = 0, tokens[at].text
    while at >= 0:
        depth += {close: 1, pairs[close]: -1}.get(tokens[at].text, 0)
        if depth == 0:
            return at
        at -= 1
    return 0


def lambda_start(tokens, brace):
    """The index of the `[` whose lambda's body opens at `brace`, or None."""
    at = brace - 1
    limit = max(0, at - 40)
    arrow = next((i for i in range(at, limit, -1) if tokens[i].text in ("->", ";", "{", "}")), None)
    if arrow is not None and tokens[arrow].text == "->" and tokens[arrow - 1].text in (")", "mutable", "noexcept"):
        at = arrow - 1
    while at >= 0 and tokens[at].text in ("mutable", "noexcept", "constexpr"):
        at -= 1
    if at >= 0 and tokens[at].text == ")":
        at = matching_open(tokens, at) - 1
    if at < 0 or tokens[at].text != "]":
        return None
    start = matching_open(tokens, at)
    before = tokens[start - 1].text if start else ";"
    is_subscript = before in (")", "]") or (re.match(r"\w", before) and before not in ("return", "co_return", "co_await"))
    return None if is_subscript else start


def opens_block(tokens, at, statement, depth):
    """True when the brace at `at` opens a block, False when it starts an initialiser."""
    if depth or not statement.tokens:
        return not depth
    words = {token.text for token in statement.tokens}
    if tokens[at - 1].text in BLOCK_AFTER:
        return True
    if words & OPENS_TYPE and not words & {"=", "co_await"}:
        return True
    texts = [token.text for token in statement.tokens]
    return "->" in texts and texts[texts.index("->") - 1] in (")", "const", "noexcept") and "=" not in words


def statements(text):
    """Every statement of the file. A stack, because lambda bodies stand inside statements."""
    tokens = list(tokens_of(text))
    stack = []  # ("block" | "lambda" | "braces", what surrounds it)
    statement, depth = Statement(), 0
    for at, token in enumerate(tokens):
        match token.text:
            case "{":
                start = lambda_start(tokens, at)
                if start is not None:
                    statement.captures |= tokens[start + 1].text != "]"
                    stack.append(("lambda", statement, depth))
                    statement, depth = Statement(), 0
                elif opens_block(tokens, at, statement, depth):
                    yield statement
                    stack.append(("block", None, depth))
                    statement, depth = Statement(), 0
                else:
                    statement.braces = True
                    stack.append(("braces", None, depth))
                    depth += 1
            case "}":
                kind, outer, outer_depth = stack.pop() if stack else ("block", None, 0)
                if kind == "lambda":
                    yield statement
                    statement = outer
                elif kind == "block":
                    yield statement
                    statement = Statement()
                depth = outer_depth
            case ";":
                yield statement
                statement = Statement()
            case _:
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                depth = max(depth, 0)
                statement.tokens.append(token)
    yield statement


def wrong_with(statement):
    texts = [token.text for token in statement.tokens]
    if "co_await" not in texts:
        return None
    if statement.braces:
        return "name the braced temporary before co_await"
    if statement.captures:
        return "name the capturing lambda before co_await"
    for number, text in enumerate(texts):
        if text in ("?", "||") or (text == "&&" and texts[number - 1] not in ("auto", ">")):
            return f"no co_await in a statement with {text}: take it out first"
    return None


def problems_in(text, name):
    found = []
    for statement in statements(text):
        wrong = wrong_with(statement)
        if wrong:
            line = next(token.line for token in statement.tokens if token.text == "co_await")
            found.append(f"{name}:{line}: {wrong}")
    return found


def problems(top=sources.TOP):
    return [
        problem
        for path in sources.cpp_files(top)
        for problem in problems_in(path.read_text(), path.relative_to(top))
    ]
