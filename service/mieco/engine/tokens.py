"""SPARQL text as tokens: enough to find a clause without judging the grammar.

The engine alone decides what is valid.  Tokens serve what must happen before it looks at a
text: to count nesting, to find the graphs and services that it names, to part an update
into its operations.  Every scan is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import NamedNode, RdfFormat, parse

from mieco.errors import QueryRefused, Text

# What a person or a program writes nests a dozen deep; some texts that nest thousands deep
# keep the parser busy for minutes or exhaust its stack.
MAX_NESTING = 256
# Operations times characters: every operation is kept in a text as long as the request.
_MOST_PARTED = 1 << 28

# Comments, strings, variables and language tags are single tokens of no interest, so that
# no word or bracket in them is taken for one of the query's own (SPARQL 1.1 §19.8).
# PN_CHARS_BASE, PN_CHARS_U and PN_CHARS (rules [164] to [167]): more than letters and digits,
# full-width brackets among them.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_FIRST = f"[{_BASE}_]"
_NEXT = f"[{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040]"
_NAME = f"[{_BASE}_0-9\u00b7\u0300-\u036f\u203f-\u2040.-]"

_TOKEN = re.compile(
    rf"""
      (?P<other>
        \#[^\n\r]*
      | \"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
      | "(?!"")(?:[^"\\\n\r]|\\.)*+" | '(?!'')(?:[^'\\\n\r]|\\.)*+'
      | [?$](?:[0-9]|{_NEXT})+ | @[A-Za-z0-9-]+
      | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?
      )
    | (?P<stray>\"\"\".* | '''.* | "[^\n\r]* | '[^\n\r]*)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
    | (?:{_FIRST}{_NAME}*+)? (?P<name>:(?:[:%]|{_NAME}|\\.)*+)
    | (?P<words>{_FIRST}{_NAME}*+)
    # "<<" opens, unless its second "<" begins an IRI, as in ?o<<http://example.org/>.
    | (?P<open><<(?![^<>"{{}}|^`\\\x00-\x20]*>)\(?|[{{(\[])
    | (?P<close>\)?>>|[}})\]])
    | (?P<semicolon>;)
    """,
    re.VERBOSE | re.DOTALL,
)

# An IRI, in which a number sign begins no comment; of such with an apostrophe the tokens are read.
_PLAIN_IRI = re.compile(r"""<[^<>"'{}|^`\\\x00-\x20]*>""")
# A prefix may hold full stops and hyphens; without a colon after it they part words.  Found
# in two steps, so that every character is looked at once.
_WORD = re.compile(f"{_FIRST}{_NEXT}*")
# What a Chinese keyboard gives where SPARQL wants the half-width sign.
_FULL_WIDTH = "（）｛｝［］，。；：？“”‘’＜＞＝！＊｜＆"
_DECLARATIONS = ("BASE", "PREFIX", "VERSION")


class Token(NamedTuple):
    """One token: its kind, its text (words in upper case), where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text in order, without comments, strings, variables and numbers."""
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "words":
            for word in _WORD.finditer(text, match.start(), match.end()):
                yield Token("word", word[0].upper(), word.start(), word.end())
        elif kind not in ("other", "stray"):
            yield Token(kind, match[0], match.start(), match.end())


def without_comments(text: str) -> str:
    """The text with spaces in place of its comments, as many as these have bytes in UTF-8."""
    if "#" not in _PLAIN_IRI.sub("", text):
        return text
    return _TOKEN.sub(
        lambda match: (
            " " * len(match[0].encode(errors="surrogatepass"))
            if match[0].startswith("#")
            else match[0]
        ),
        text,
    )


def stray_quote(text: str) -> int | None:
    """Where a string begins that does not end; ``None`` if every string does."""
    strays = (match for match in _TOKEN.finditer(text) if match.lastgroup == "stray")
    return next((match.start() for match in strays), None)


def full_width_sign(text: str) -> int | None:
    """Where a full-width sign stands outside of strings, comments, IRIs and names of things."""
    done = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        here = text[done : match.end() if kind == "words" else match.start()]
        found = next((i for i, sign in enumerate(here) if sign in _FULL_WIDTH), None)
        if found is not None:
            return done + found
        done = match.end()
    return next((i for i in range(done, len(text)) if text[i] in _FULL_WIDTH), None)


def has_word(text: str, *words: str) -> bool:
    """Does any of these words stand in the text as a token?  Cheap where none stands anywhere."""
    lowered = text.lower()
    if not any(word.lower() in lowered for word in words):
        return False
    return any(token.kind == "word" and token.text in words for token in tokens(text))


def check_nesting(text: str) -> None:
    """Raises QueryRefused if brackets stand in each other more than ``MAX_NESTING`` deep."""
    if sum(map(text.count, ("{", "(", "[", "<<"))) <= MAX_NESTING:
        return
    depth = 0
    for token in tokens(text):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth > MAX_NESTING:
            raise QueryRefused(
                reason=Text(
                    f"括号嵌套超过 {MAX_NESTING} 层", f"brackets nest more than {MAX_NESTING} deep"
                )
            )


def lower_booleans(text: str) -> str:
    """The text with TRUE and FALSE in lower case, as the engine alone takes them.

    SPARQL matches keywords in any case (SPARQL 1.1 §19.8, note 1).
    """
    if not has_word(text, "TRUE", "FALSE"):
        return text
    written, done = [], 0
    for token in tokens(text):
        if token.kind == "word" and token.text in ("TRUE", "FALSE"):
            written += [text[done : token.start], token.text.lower()]
            done = token.end
    return "".join([*written, text[done:]])


def outer(text: str) -> Iterator[Token]:
    """The tokens outside all brackets; a whole bracketed part is one token of kind "open"."""
    depth, start = 0, 0
    for token in tokens(text):
        if token.kind == "open":
            start = start if depth else token.start
            depth += 1
        elif token.kind == "close":
            depth -= 1
            if depth == 0:
                yield Token("open", text[start], start, token.end)
        elif depth == 0:
            yield token


def split_prologue(text: str) -> tuple[str, str]:
    """The declarations at the beginning (SPARQL 1.1 §4.1), and the rest."""
    for token in tokens(text):
        if token.kind == "open" or (token.kind == "word" and token.text not in _DECLARATIONS):
            return text[: token.start], text[token.start :]
    return text, ""


def declarations(text: str) -> str:
    """The prefixes and bases that a text declares; an update may do so before each operation."""
    return declared(list(tokens(text)))


def declared(words: Sequence[Token]) -> str:
    """The same of some tokens."""
    found: list[str] = []
    for word, one, two in zip(words, words[1:], [*words[2:], *words[:1]], strict=False):
        if word.kind == "word" and word.text == "PREFIX" and one.kind == "name":
            found.append(f"PREFIX {one.text} {two.text}")
        elif word.kind == "word" and word.text == "BASE" and one.kind == "iri":
            found.append(f"BASE {one.text}")
    return "\n".join(found)


def resolve(reference: str, prologue: str, base: str | None) -> str | None:
    """The IRI that ``<…>`` or a prefixed name stands for after these declarations.

    ``None`` if it cannot be made absolute: the engine then says why.
    """
    # Turtle has the same BASE, PREFIX and VERSION (RDF 1.2 Turtle §2.4), so its parser knows.
    document = f"{prologue}\n<x:s> <x:p> {reference} ."
    try:
        (quad,) = parse(document, format=RdfFormat.TURTLE, base_iri=base)
    except (SyntaxError, ValueError):
        return None
    return quad.object.value if isinstance(quad.object, NamedNode) else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an update request.

    ``text`` is as long as the whole request, with every other operation blanked out, so
    that a position in it is a position in the request.  ``prologue`` holds the declarations
    in force, ``words`` its outer tokens.
    """

    text: str
    prologue: str
    words: Sequence[Token]


def operations(update: str) -> list[Operation]:
    """The operations of a valid update request, which semicolons part (Update §3).

    Raises QueryRefused for more than can be taken apart.
    """
    words = list(outer(update))
    cuts = [(t.start, t.end) for t in words if t.kind == "semicolon"] + [(len(update),) * 2]
    if len(cuts) * len(update) > _MOST_PARTED:
        raise QueryRefused(
            reason=Text(
                f"{len(cuts)} 个操作太多，请分几次发送",
                f"{len(cuts)} operations are too many; send them in several requests",
            )
        )
    found: list[Operation] = []
    declared, begin = "", 0
    for start, end in cuts:
        prologue, body = split_prologue(update[begin:start])
        declared += prologue
        if body:
            text = declared + body + blank(update[start:])
            first = len(declared)
            found.append(Operation(text, declared, [t for t in words if first <= t.start < start]))
        declared += blank(body + update[start:end])
        begin = end
    return found


def blank(text: str) -> str:
    """Spaces in place of a text, with its line breaks kept."""
    return re.sub(r"[^\n]", " ", text)
