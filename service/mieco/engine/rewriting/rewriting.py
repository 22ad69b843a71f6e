"""All rewrites of a query, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from mieco.engine.rewriting.bindings import begun_with
from mieco.engine.rewriting.counts import from_statistics
from mieco.engine.rewriting.labels import with_candidates
from mieco.engine.rewriting.negation import as_minus
from mieco.engine.rewriting.order import rarest_first
from mieco.engine.rewriting.paging import chosen_first
from mieco.engine.rewriting.selections import early
from mieco.engine.rewriting.sizes import Sizes, prefixes
from mieco.engine.rewriting.tree import Edit, edited, parse
from mieco.engine.rewriting.unions import as_tables
from mieco.errors import Text

Rewrite = Callable[[Node, Mapping[bytes, str], Sizes], Iterator[Edit]]

REWRITES: Final[Mapping[str, tuple[Rewrite, Text]]] = {
    "statistics": (
        from_statistics,
        Text("由发布时的计数作答", "answered from what was counted at publication"),
    ),
    "values": (early, Text("VALUES 与等值条件提前", "VALUES and equalities were put first")),
    "union": (
        as_tables,
        Text("UNION 只计算一次", "a UNION is evaluated once, as a table of its own"),
    ),
    "minus": (as_minus, Text("NOT EXISTS 改为 MINUS", "NOT EXISTS became MINUS")),
    "labels": (
        with_candidates,
        Text("先找出可能符合的名称", "the labels that can match were looked up first"),
    ),
    "page": (chosen_first, Text("先选出一页", "the page was chosen first")),
    # The last, since the grammar does not know its LATERAL.
    "order": (rarest_first, Text("从最少的模式开始", "the rarest pattern was put first")),
}
# The rewrite of queries in which terms take the place of variables.
BINDINGS: Final = "bindings"
TEXTS: Final[Mapping[str, Text]] = {
    BINDINGS: Text("先用已给定的项", "the terms that were given were put first"),
    **{name: text for name, (_, text) in REWRITES.items()},
}
# A query without one of these words, a class, a path of any length or an equality with an IRI has
# nothing to rewrite, and is not parsed.
_SIGNS = re.compile(
    rb"exists|count|distinct|union|values|optional|contains|strstarts|strends|regex|str\(|lcase\("
    rb"|(?:[?$]\w+|[];])\s+a\s|[\w>][*+]\s|[?$]\w+\s*(?:=\s*<|=\s*[\w.-]*:|in\b)"
    rb"|(?:>|:[\w.-]*)\s*=\s*[?$]",
    re.IGNORECASE,
)
# A longer text was written by a program, and reading its tree would take longer than it saves.
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A query that means the same as the one given, and the names of the rewrites made."""

    text: str
    done: tuple[str, ...] = ()


def rewritten(text: str, sizes: Sizes) -> Rewritten:
    """The query put in words that cost less.

    Raises nothing: what cannot be read stays as it is.
    """
    written = text.encode(errors="surrogatepass")
    if len(written) > _LONGEST or not _SIGNS.search(written):
        return Rewritten(text)
    done: list[str] = []
    root = parse(written)
    for name, (rewrite, _) in REWRITES.items():
        if root is None:
            break
        if edits := list(rewrite(root, prefixes(root), sizes)):
            written = edited(written, edits)
            done.append(name)
            root = parse(written)
    return _result(text, written, done)


def begun(text: str, terms: Mapping[str, str]) -> Rewritten:
    """A query in which terms are to take the place of variables, put in words that cost less.

    ``terms`` are written as in N-Triples.  What holds for all values of a variable need not hold
    for one, so that no other rewrite is made.
    """
    written = text.encode(errors="surrogatepass")
    root = parse(written) if len(written) <= _LONGEST else None
    iris = {name.encode(): term.encode() for name, term in terms.items() if term[0] == "<"}
    edits = list(begun_with(root, iris)) if root else []
    return _result(text, edited(written, edits), [BINDINGS] if edits else [])


def _result(text: str, written: bytes, done: list[str]) -> Rewritten:
    if not done:
        return Rewritten(text)
    return Rewritten(written.decode(errors="surrogatepass"), tuple(done))
