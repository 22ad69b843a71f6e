"""What the Turtle files of the ontology say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import BlankNode, RdfFormat, Triple, parse

from mieco.errors import BadInput
from mieco.stores import Term


def triples_of(*files: Path) -> list[Triple]:
    """The triples of some files, each once, and those of a subject together.

    Anonymous nodes are named by their file and numbered as they come, so that the same files
    always give the same.  Raises BadInput.
    """
    by_subject: dict[Term, dict[Triple, None]] = {}
    for file in files:
        for triple in _read(file):
            by_subject.setdefault(triple.subject, {})[triple] = None
    return [triple for triples in by_subject.values() for triple in triples]


def _read(file: Path) -> Iterator[Triple]:
    anonymous: dict[BlankNode, BlankNode] = {}

    def numbered(node: BlankNode) -> BlankNode:
        # RDF/XML wants a name that begins with a letter.
        return anonymous.setdefault(node, BlankNode(f"n-{file.stem}-{len(anonymous) + 1}"))

    try:
        for quad in parse(path=str(file), format=RdfFormat.TURTLE):
            subject, value = quad.subject, quad.object
            yield Triple(
                numbered(subject) if isinstance(subject, BlankNode) else subject,
                quad.predicate,
                numbered(value) if isinstance(value, BlankNode) else value,
            )
    except (OSError, SyntaxError) as error:
        raise BadInput(where=file.name, reason=str(error), todo="") from error
