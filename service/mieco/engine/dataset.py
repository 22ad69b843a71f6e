"""The dataset of an update, written into its text.

The engine takes no dataset beside an update, so the graphs that a request names (SPARQL 1.1
Protocol §2.2.3) become USING clauses (SPARQL 1.1 Update §3.1.3) of every operation with a
WHERE part.  Spans of a syntax tree are replaced; a text that the tree cannot read is left
alone, and the engine says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import tree_sitter_sparql
from tree_sitter import Language, Node, Parser

from mieco.errors import BadRequest, Text

_PARSER = Parser(Language(tree_sitter_sparql.language()))


def with_dataset(update: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """The update, its WHERE parts matched against these graphs only.

    Raises :class:`~mieco.errors.BadRequest` if the text has USING or WITH itself, as the
    protocol demands (§2.2.3).
    """
    if not default_graphs and not named_graphs:
        return update
    source = update.encode()
    root = _PARSER.parse(source).root_node
    if root.has_error:
        return update
    clauses = " ".join(
        [f"USING <{iri}>" for iri in default_graphs]
        + [f"USING NAMED <{iri}>" for iri in named_graphs]
    ).encode()
    for operation in reversed(list(_with_where(root))):
        if _names_graphs(operation):
            raise BadRequest(
                reason=Text(
                    "using-graph-uri 参数不能与更新中的 USING 或 WITH 并用",
                    "using-graph-uri cannot be combined with USING or WITH in the update",
                )
            )
        written = _with_clauses(operation, source, clauses)
        source = source[: operation.start_byte] + written + source[operation.end_byte :]
    return source.decode()


def _with_clauses(operation: Node, source: bytes, clauses: bytes) -> bytes:
    """The text of an operation with the clauses before its WHERE part."""
    start, end = operation.start_byte, operation.end_byte
    if operation.type == "delete_where":
        # DELETE WHERE { … } is short for DELETE { … } WHERE { … } (§3.1.3.3).
        pattern = source[operation.children[-1].start_byte : end]
        return b" ".join((b"DELETE", pattern, clauses, b"WHERE", pattern))
    where = next(c.start_byte for c in operation.children if c.type == "WHERE")
    return source[start:where] + clauses + b" " + source[where:end]


def _with_where(root: Node) -> Iterator[Node]:
    """The operations with a WHERE part, in order."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type in ("modify", "delete_where"):
            yield node
        else:
            pending.extend(reversed(node.children))


def _names_graphs(operation: Node) -> bool:
    return any(child.type in ("using_clause", "WITH") for child in operation.children)
