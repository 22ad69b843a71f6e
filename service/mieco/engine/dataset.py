"""The dataset of an update, written into its text.

The engine takes no dataset beside an update, so the graphs that a request names (SPARQL 1.1
Protocol §2.2.3) become USING clauses (SPARQL 1.1 Update §3.1.3) of every operation with a
WHERE part.  Only tokens are read: outside all braces, WHERE begins such a part, and nothing
but USING and WITH names its graphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mieco.errors import BadRequest, Text

# Comments, IRIs, strings and prefixed names are single tokens, so that no word or brace in
# them is taken for one of the query's own (SPARQL 1.1 §19.8).
_TOKEN = re.compile(
    r"""
      \#[^\n\r]*
    | <[^<>"{}|^`\\\s]*>
    | \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''
    | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'
    | [^\W\d][\w.-]*:[\w.%:-]* | :[\w.%:-]*
    | (?P<word>[A-Za-z]+)
    | (?P<open>\{) | (?P<close>\})
    """,
    re.VERBOSE | re.DOTALL,
)


def with_dataset(update: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """The update, its WHERE parts matched against these graphs only.

    Raises :class:`~mieco.errors.BadRequest` if the text has USING or WITH itself, as the
    protocol demands (§2.2.3).
    """
    if not default_graphs and not named_graphs:
        return update
    clauses = " ".join(
        [f"USING <{iri}>" for iri in default_graphs]
        + [f"USING NAMED <{iri}>" for iri in named_graphs]
    )
    written, done = [], 0
    for where, pattern in _where_parts(update):
        # DELETE WHERE { … } is short for DELETE { … } WHERE { … } (§3.1.3.3).
        written += [update[done:where], pattern, " ", clauses, " "]
        done = where
    return "".join([*written, update[done:]])


def _where_parts(update: str) -> Iterator[tuple[int, str]]:
    """(position of WHERE, the pattern that DELETE lacks before it) of each part, in order."""
    edge = ("", 0, 0)
    outer = [edge, *_outer_tokens(update), edge]
    for before, token, after in zip(outer, outer[1:], outer[2:], strict=False):
        if token[0] in ("USING", "WITH"):
            raise BadRequest(
                reason=Text(
                    "using-graph-uri 参数不能与更新中的 USING 或 WITH 并用",
                    "using-graph-uri cannot be combined with USING or WITH in the update",
                )
            )
        if token[0] == "WHERE":
            pattern = update[after[1] : after[2]] if before[0] == "DELETE" else ""
            yield token[1], pattern


def _outer_tokens(update: str) -> Iterator[tuple[str, int, int]]:
    """(word or "{", start, end) of words and of whole groups outside all braces."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(update):
        if token["open"]:
            start = start if depth else token.start()
            depth += 1
        elif token["close"]:
            depth -= 1
            if depth == 0:
                yield "{", start, token.end()
        elif token["word"] and depth == 0:
            yield token["word"].upper(), token.start(), token.end()
