"""All rewrites of a query, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from mieco.engine.rewriting.counts import from_statistics
from mieco.engine.rewriting.labels import with_candidates
from mieco.engine.rewriting.negation import as_minus
from mieco.engine.rewriting.sizes import Sizes, prefixes
from mieco.engine.rewriting.tree import Edit, edited, parse
from mieco.errors import Text

Rewrite = Callable[[Node, Mapping[bytes, str], Sizes], Iterator[Edit]]

REWRITES: Final[Mapping[str, tuple[Rewrite, Text]]] = {
    "statistics": (
        from_statistics,
        Text("由发布时的计数作答", "answered from what was counted at publication"),
    ),
    "minus": (as_minus, Text("NOT EXISTS 改为 MINUS", "NOT EXISTS became MINUS")),
    "labels": (
        with_candidates,
        Text("先找出可能符合的名称", "the labels that can match were looked up first"),
    ),
}
# A query without one of these words has nothing to rewrite, and is not parsed.
_WORDS = (
    *(b"exists", b"count", b"distinct"),
    *(b"contains", b"strstarts", b"strends", b"regex", b"str(", b"lcase("),
)
# A longer text was written by a program, and reading its tree would take longer than it saves.
_LONGEST = 20_000


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
    if len(written) > _LONGEST or not any(word in lowered for word in _WORDS):
        return Rewritten(text)
    done = []
    for name, (rewrite, _) in REWRITES.items():
        root = parse(written)
        if root is None:
            break
        if edits := list(rewrite(root, prefixes(root), sizes)):
            written = edited(written, edits)
            done.append(name)
    return (
        Rewritten(written.decode(errors="surrogatepass"), tuple(done)) if done else Rewritten(text)
    )
