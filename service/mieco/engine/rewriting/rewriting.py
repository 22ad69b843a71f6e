"""All rewrites of a query, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tree_sitter import Node

from mieco.engine.rewriting.bindings import begun_with
from mieco.engine.rewriting.closures import one_step
from mieco.engine.rewriting.counts import from_statistics
from mieco.engine.rewriting.implied import left_out
from mieco.engine.rewriting.joins import joined_once
from mieco.engine.rewriting.labels import with_candidates
from mieco.engine.rewriting.negation import as_minus
from mieco.engine.rewriting.order import rarest_first
from mieco.engine.rewriting.paging import chosen_first
from mieco.engine.rewriting.selections import early
from mieco.engine.rewriting.sizes import Sizes, prefixes
from mieco.engine.rewriting.tree import Edit, edited, of_type, parse
from mieco.engine.rewriting.unions import as_tables
from mieco.errors import Text


class _Rewrite(NamedTuple):
    """``signs`` tells cheaply of a text in lower case whether it may have what is rewritten."""

    signs: Callable[[bytes], bool]
    edits: Callable[[Node, Mapping[bytes, str], Sizes], Iterator[Edit]]
    told: Text


def _has(*some: bytes) -> Callable[[bytes], bool]:
    """Whether one of some words stands in a text."""
    return lambda text: any(each in text for each in some)


_CLASS = re.compile(rb"(?:[?$]\w+|[];])\s+a\s")
_LONG_STEP = re.compile(rb"[\w>.-][*+]")
_ANY_LENGTH = re.compile(rb"[\w>][*+]\s")
_EQUALITY = re.compile(rb"[?$]\w+\s*(?:=\s*<|=\s*[\w.-]*:|in\b)|(?:>|:[\w.-]*)\s*=\s*[?$]")
_AGGREGATES = (b"count", b"sum", b"avg", b"min", b"max", b"sample", b"group")


def _has_class(text: bytes) -> bool:
    return b"a" in text.split() and bool(_CLASS.search(text))


def _has_any_length(text: bytes) -> bool:
    return (b"*" in text or b"+" in text) and bool(_ANY_LENGTH.search(text))


def _has_equality(text: bytes) -> bool:
    return (b"=" in text or b" in (" in text or b" in(" in text) and bool(_EQUALITY.search(text))


_has_aggregate = _has(*(b"%b(" % name for name in _AGGREGATES))
_REWRITES: Final[Mapping[str, _Rewrite]] = {
    "statistics": _Rewrite(
        _has(b"count", b"distinct"),
        from_statistics,
        Text("由发布时的计数作答", "answered from what was counted at publication"),
    ),
    "closure": _Rewrite(
        lambda text: bool(_LONG_STEP.search(text)),
        one_step,
        Text("传递关系已推出，路径只走一步", "a path along what was inferred takes one step"),
    ),
    # Before others show all variables (SELECT *).
    "implied": _Rewrite(
        lambda text: _has_class(text) or b"count" in text,
        left_out,
        Text("略去了必然成立的模式", "patterns that hold anyway were left out"),
    ),
    "values": _Rewrite(
        lambda text: b"values" in text or _has_equality(text),
        early,
        Text("VALUES 与等值条件提前", "VALUES and equalities were put first"),
    ),
    "union": _Rewrite(
        _has(b"union"),
        as_tables,
        Text("UNION 只计算一次", "a UNION is evaluated once, as a table of its own"),
    ),
    "minus": _Rewrite(
        _has(b"exists"), as_minus, Text("NOT EXISTS 改为 MINUS", "NOT EXISTS became MINUS")
    ),
    "labels": _Rewrite(
        _has(b"contains", b"strstarts", b"strends", b"regex", b"str(", b"lcase("),
        with_candidates,
        Text("先找出可能符合的名称", "the labels that can match were looked up first"),
    ),
    "page": _Rewrite(
        _has(b"optional"), chosen_first, Text("先选出一页", "the page was chosen first")
    ),
    "join": _Rewrite(
        _has_aggregate,
        joined_once,
        Text("两组模式各算一次再连接", "two groups of patterns were joined as tables"),
    ),
    # The last, since the grammar does not know its LATERAL.
    "order": _Rewrite(
        lambda text: _has_class(text) or _has_any_length(text) or _has_aggregate(text),
        rarest_first,
        Text("从最少的模式开始", "the rarest pattern was put first"),
    ),
}
# The rewrite of queries in which terms take the place of variables.
BINDINGS: Final = "bindings"
TEXTS: Final[Mapping[str, Text]] = {
    BINDINGS: Text("先用已给定的项", "the terms that were given were put first"),
    **{name: rewrite.told for name, rewrite in _REWRITES.items()},
}
# A longer text, or one of more groups, was written by a program, and reading its tree would take
# longer than it saves.
_LONGEST, _MOST_GROUPS = 200_000, 100


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
    lowered = written.lower()
    done: list[str] = []
    root: Node | None = None
    for name, rewrite in _REWRITES.items():
        if not rewrite.signs(lowered):
            continue
        root = root or _tree(written)
        if root is None:
            break
        if edits := _all(rewrite.edits(root, prefixes(root), sizes)):
            written = edited(written, edits)
            done.append(name)
            root = None
    return _result(text, written, done)


def begun(text: str, terms: Mapping[str, str]) -> Rewritten:
    """A query in which terms are to take the place of variables, put in words that cost less.

    ``terms`` are written as in N-Triples.  What holds for all values of a variable need not hold
    for one, so that no other rewrite is made.
    """
    written = text.encode(errors="surrogatepass")
    root = _tree(written)
    iris = {name.encode(): term.encode() for name, term in terms.items() if term[0] == "<"}
    edits = _all(begun_with(root, iris)) if root else []
    return _result(text, edited(written, edits), [BINDINGS] if edits else [])


def _tree(written: bytes) -> Node | None:
    """The tree of a query; ``None`` for one that is left as it is.

    The engine gives two terms for a negated property set as often as properties tie them, but only
    once where it knows both of them before.  So whatever binds one of them sooner would change how
    many rows there are.
    """
    if len(written) > _LONGEST or written.count(b"{") > _MOST_GROUPS:
        return None
    root = parse(written)
    if root is None or (b"!" in written and any(of_type(root, "path_negated_property_set"))):
        return None
    return root


def _all(edits: Iterator[Edit]) -> list[Edit]:
    """All edits; none of a text that nests deeper than Python follows."""
    try:
        return list(edits)
    except RecursionError:
        return []


def _result(text: str, written: bytes, done: list[str]) -> Rewritten:
    if not done:
        return Rewritten(text)
    return Rewritten(written.decode(errors="surrogatepass"), tuple(done))
