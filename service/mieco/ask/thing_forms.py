"""One thing as JSON and as CSV: what is said of it, everything with its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode

from mieco.ask.answer_forms import cell
from mieco.ask.things import Statement, Thing
from mieco.errors import Language
from mieco.present.spreadsheet_csv import write_csv
from mieco.releases import Release
from mieco.terms import RDF_TYPE

_COLUMNS = ("property", "property_label", "value", "value_label", "inferred")


def thing_as_json(thing: Thing, language: Language, release: Release) -> dict[str, Any]:
    """All that a release says of a thing; ``inferred`` is what nobody asserts.

    Terms are as in SPARQL results JSON, with the name of a thing beside its IRI.
    """
    labels = thing.labels

    def told(name: str, statement: Statement) -> dict[str, Any]:
        return {name: cell(statement.term, labels), "inferred": statement.inferred}

    return {
        "thing": cell(NamedNode(thing.iri), labels),
        "language": language,
        "release": release.as_json(),
        "types": [told("value", each) for each in thing.types],
        "statements": [
            {"property": cell(NamedNode(name), labels), **told("value", each)}
            for name, group in thing.statements.items()
            for each in group
        ],
        "mentions": [
            {"property": cell(NamedNode(name), labels), **told("thing", each)}
            for name, group in thing.mentions.items()
            for each in group
        ],
    }


def thing_as_csv(thing: Thing) -> str:
    """What is said of a thing, a statement in a row (RFC 4180)."""
    rows: list[tuple[str, ...]] = []
    for name, statement in _said(thing):
        term = statement.term
        value = term.value if isinstance(term, NamedNode | Literal) else str(term)
        label = _label(thing, value) if isinstance(term, NamedNode) else ""
        inferred = "true" if statement.inferred else "false"
        rows.append((name, _label(thing, name), value, label, inferred))
    return write_csv(_COLUMNS, rows)


def _said(thing: Thing) -> Iterator[tuple[str, Statement]]:
    """Each statement with its property, the classes of the thing first."""
    yield from ((RDF_TYPE, statement) for statement in thing.types)
    for name, statements in thing.statements.items():
        yield from ((name, statement) for statement in statements)


def _label(thing: Thing, iri: str) -> str:
    return thing.labels.get(iri, ("", ""))[0]
