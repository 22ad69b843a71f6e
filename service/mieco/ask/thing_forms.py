"""One thing as JSON: what is said of it and where it is mentioned, everything with its name."""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode

from mieco.ask.answer_forms import cell
from mieco.ask.things import Statement, Thing
from mieco.errors import Language
from mieco.releases import Release


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
        "release": {"number": release.manifest.number, "created": release.manifest.created},
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
