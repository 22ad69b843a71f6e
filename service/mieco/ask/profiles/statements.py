"""The statements of a thing in the order in which people read: what it is called comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode

from mieco.ask.things import Statement
from mieco.errors import Language
from mieco.terms import MIECO, PREFIXES, RDFS_IS_DEFINED_BY, RDFS_LABEL

Part = OneOf["first", "relations", "values", "technical"]

_SKOS, _DCTERMS, _RDFS = PREFIXES["skos"], PREFIXES["dcterms"], PREFIXES["rdfs"]
_OWL, _PROV = PREFIXES["owl"], PREFIXES["prov"]


def _ours(*names: str) -> tuple[str, ...]:
    return tuple(MIECO + name for name in names)


# The properties of each part, in their order in it.
_PARTS: Final[Mapping[Part, Sequence[str]]] = {
    "first": (
        *(RDFS_LABEL, _SKOS + "prefLabel", _SKOS + "altLabel", _DCTERMS + "title"),
        *(_SKOS + "hiddenLabel", *_ours("nameAsWritten", "documentNumber", "creditCode")),
        *(_SKOS + "definition", _DCTERMS + "description", _RDFS + "comment"),
        *(_SKOS + "scopeNote", _SKOS + "example", _SKOS + "note", *_ours("codingBasis")),
        *_ours("foundingDate"),
        *(_DCTERMS + "date", _DCTERMS + "issued", _DCTERMS + "created", _DCTERMS + "modified"),
        *_ours("year", "validFrom", "validUntil", "dueDate", "lastReviewed", "dateText"),
        *_ours("timeText", "locatedIn", "placeLevel", "partOf", "region", "basedOnPark"),
        *_ours("hostedBy"),
    ),
    "technical": (
        *(_DCTERMS + "identifier", _SKOS + "notation", _SKOS + "inScheme", RDFS_IS_DEFINED_BY),
        *(_RDFS + "seeAlso", _OWL + "annotatedProperty", _OWL + "versionInfo"),
        *(_PROV + "wasAttributedTo", _PROV + "generated", PREFIXES["sosa"] + "observedProperty"),
        *_ours("tableName", "rowNumber", "hasDateBasis", "codedWith", "subjectOf"),
        *_ours("hasMembership", "hasParticipation", "hasLeadMembership", "hasHostMembership"),
        *_ours("hasCouncilMembership"),
    ),
}
_PART_OF: Final[Mapping[str, tuple[Part, int]]] = {
    name: (part, place) for part, names in _PARTS.items() for place, name in enumerate(names)
}
_ORDER: Final[Sequence[Part]] = ("first", "relations", "values", "technical")


@dataclass(frozen=True, slots=True)
class StatementPart:
    """A part of the statements: each property with its values."""

    part: Part
    statements: Mapping[str, Sequence[Statement]]


def in_parts(
    statements: Mapping[str, Sequence[Statement]], language: Language
) -> list[StatementPart]:
    """All statements, in the parts that there are; of texts those in the reader's language first.

    What no list names is a relation if it leads to a thing, and else a value; of these what
    somebody asserts comes before what is only inferred.
    """
    found: dict[Part, list[tuple[int, str]]] = {}
    for name, group in statements.items():
        leads = any(isinstance(each.term, NamedNode) for each in group)
        inferred = all(each.inferred for each in group)
        part, place = _PART_OF.get(name, ("relations" if leads else "values", int(inferred)))
        found.setdefault(part, []).append((place, name))

    def foreign(statement: Statement) -> bool:
        term = statement.term
        return isinstance(term, Literal) and bool(term.language) and term.language != language

    return [
        StatementPart(
            part, {name: sorted(statements[name], key=foreign) for _, name in sorted(found[part])}
        )
        for part in _ORDER
        if part in found
    ]


def graphs_of(statements: Mapping[str, Sequence[Statement]]) -> dict[str, int]:
    """The graphs that hold statements, and how many each holds, that with the most first."""
    counts: dict[str, int] = {}
    for group in statements.values():
        for graph in (graph for each in group for graph in each.graphs):
            counts[graph] = counts.get(graph, 0) + 1
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
