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

# Comments, strings, variables and language tags are single tokens of no interest, so that
# no word or bracket in them is taken for one of the query's own (SPARQL 1.1 §19.8).
_TOKEN = re.compile(
    r"""
      (?P<other>
        \#[^\n\r]*
      | \"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*+'''
      | "(?!"")(?:[^"\\\n\r]|\\.)*+" | '(?!'')(?:[^'\\\n\r]|\\.)*+'
      | [?$]\w+ | @[\w-]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?
      )
    | (?P<stray>\"\"\".* | '''.* | "[^\n\r]* | '[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\\\s]*+>)
    | (?:[^\W\d][\w.-]*+)? (?P<name>:(?:[\w.%:-]|\\.)*+)
    | (?P<words>[^\W\d][\w.-]*+)
    | (?P<open><<\(?|[{(\[])
    | (?P<close>\)?>>|[})\]])
    | (?P<semicolon>;)
    """,
    re.VERBOSE | re.DOTALL,
)

# A prefix may hold full stops and hyphens; without a colon after it they part words.  Found
# in two steps, so that every character is looked at once.
_WORD = re.compile(r"[^\W\d]\w*")
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


def stray_quote(text: str) -> int | None:
    """Where a string begins that does not end; ``None`` if every string does."""
    strays = (match for match in _TOKEN.finditer(text) if match.lastgroup == "stray")
    return next((match.start() for match in strays), None)


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
    """The operations of a valid update request, which semicolons part (Update §3)."""
    words = list(outer(update))
    cuts = [(t.start, t.end) for t in words if t.kind == "semicolon"] + [(len(update),) * 2]
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
