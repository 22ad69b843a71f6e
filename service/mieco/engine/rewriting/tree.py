"""The syntax tree of a query: where each of its parts stands in the text.

It is read without judging it (tree-sitter): what the grammar of SPARQL 1.1 does not know comes
out as an error node, and such a query is left as it is.  Comments may stand between any two tokens
(SPARQL 1.1 §19.4), which the grammar here does not know either: they are read as spaces, so that
every place stays what it is, and no node has one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import tree_sitter_sparql
from tree_sitter import Language, Node, Parser

from mieco.engine.tokens import without_comments

GROUP, TRIPLES, FILTER = "group_graph_pattern", "triples_block", "filter"
# Groups, joined or in UNION (SPARQL 1.1 grammar, rule 67).
UNION = "group_or_union_graph_pattern"


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes of a text, from ``start`` to before ``end``, and what takes their place."""

    start: int
    end: int
    new: bytes


@cache
def _parser() -> Parser:
    with warnings.catch_warnings():
        # The grammar's package gives its language in the way that tree-sitter is leaving.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Parser(Language(tree_sitter_sparql.language()))


def parse(text: bytes) -> Node | None:
    """The root of the tree; ``None`` for what the grammar does not know."""
    plain = without_comments(text.decode(errors="surrogatepass"))
    root = _parser().parse(plain.encode(errors="surrogatepass")).root_node
    return None if root.has_error else root


def edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with all edits made; they do not overlap."""
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def text_of(node: Node) -> bytes:
    """The text of a node."""
    return node.text or b""


def descendants(node: Node) -> Iterator[Node]:
    """All nodes below one, in the order of the text; without recursion, so of any depth."""
    waiting = list(reversed(node.children))
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def of_type(node: Node, *types: str) -> Iterator[Node]:
    """The descendants of certain types."""
    return (one for one in descendants(node) if one.type in types)


def child(node: Node, kind: str) -> Node | None:
    """The first child of a certain type."""
    return next((each for each in node.children if each.type == kind), None)


def variables(nodes: Iterable[Node]) -> set[bytes]:
    """The names of the variables in some nodes ($x and ?x are one, SPARQL 1.1 §4.1.3)."""
    found = set()
    for node in nodes:
        if node.type == "var":
            found.add(text_of(node)[1:])
        found |= {text_of(one)[1:] for one in of_type(node, "var")}
    return found


def parts(group: Node) -> list[Node]:
    """What a group holds, without its braces and full stops."""
    return [child for child in group.children if child.is_named]
