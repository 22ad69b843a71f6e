"""What a release says of things and of what belongs to them, read a few queries at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import NamedNode

from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.search.kinds import ACTORS, kind_of
from mieco.stores import Row, Term
from mieco.terms import INFERRED_GRAPH, MIECO

# So many things are looked up at once.
_AT_ONCE = 2_000
_INFERRED = NamedNode(INFERRED_GRAPH)

Part = OneOf[
    "member",
    "membership",
    "consortium",
    "organisation",
    "governance",
    "alliance",
    "goal",
    "space",
    "activity",
    "measure",
    "document",
    "contribution",
    "achievement",
    "target",
    "observation",
]
# A thing that is about another belongs to the part of the first of these classes that it has.
_PARTS: Final[Mapping[str, Part]] = {
    f"{MIECO}GovernanceArrangement": "governance",
    f"{MIECO}IndicatorTarget": "target",
    f"{MIECO}IndicatorObservation": "observation",
    f"{MIECO}Alliance": "alliance",
    f"{MIECO}Space": "space",
    f"{MIECO}Activity": "activity",
    f"{MIECO}PolicyMeasure": "measure",
    f"{MIECO}Document": "document",
    f"{MIECO}Contribution": "contribution",
    f"{MIECO}Achievement": "achievement",
}


@dataclass(slots=True)
class Belonging:
    """A thing that belongs to another: in which part, of which classes.

    ``own`` are the classes that somebody asserts.
    """

    iri: str
    part: Part
    classes: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a thing has; inferred if nobody asserts it."""

    term: Term
    inferred: bool


# Thing → property → values; thing → source → grade (an IRI, or empty).
Statements = Mapping[str, Mapping[str, Sequence[Said]]]
Evidence = Mapping[str, Mapping[str, str]]


def read_statements(engine: Engine, iris: Iterable[str], *, seconds: float) -> Statements:
    """All that is said of these things, a value once."""
    found: dict[str, dict[str, dict[Term, bool]]] = {}
    for row in _rows(engine, "statements", "this", iris, seconds):
        values = found.setdefault(text_of(row["this"]), {})
        terms = values.setdefault(text_of(row["property"]), {})
        terms[row["value"]] = terms.get(row["value"], True) and row["graph"] == _INFERRED
    return {
        thing: {name: [Said(*each) for each in terms.items()] for name, terms in values.items()}
        for thing, values in found.items()
    }


def read_evidence(engine: Engine, iris: Iterable[str], *, seconds: float) -> Evidence:
    """The sources of these things, by the records that describe them."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows(engine, "evidence", "fact", iris, seconds):
        grade = text_of(row["grade"]) if "grade" in row else ""
        found.setdefault(text_of(row["fact"]), {})[text_of(row["source"])] = grade
    return found


def read_around_consortia(
    engine: Engine, iris: Iterable[str], *, seconds: float
) -> dict[str, list[Belonging]]:
    """What belongs to each of these consortia, in the order of the IRIs."""
    return _around(engine, "around-consortia", iris, seconds)


def read_around_places(
    engine: Engine, iris: Iterable[str], *, seconds: float
) -> dict[str, list[Belonging]]:
    """What lies in each of these places or is about it, consortia and organisations apart."""
    return _around(engine, "around-places", iris, seconds)


def _around(
    engine: Engine, query: str, iris: Iterable[str], seconds: float
) -> dict[str, list[Belonging]]:
    classes: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for row in _rows(engine, query, "this", iris, seconds):
        if not isinstance(row["thing"], NamedNode):
            continue
        key = (text_of(row["this"]), text_of(row["thing"]), text_of(row["part"]))
        every, own = classes.setdefault(key, (set(), set()))
        every.add(text_of(row["class"]))
        if row["graph"] != _INFERRED:
            own.add(text_of(row["class"]))
    found: dict[str, dict[tuple[str, Part], Belonging]] = {}
    for (this, thing, how), (every, own) in sorted(classes.items()):
        if part := _part_of(how, every):
            belonging = Belonging(thing, part, every, own)
            found.setdefault(this, {}).setdefault((thing, part), belonging)
    return {this: list(things.values()) for this, things in found.items()}


def _part_of(how: str, classes: set[str]) -> Part | None:
    match how:
        case "member":
            return "member"
        case "membership":
            return "membership"
        case "goal":
            return "goal"
        case "within" if f"{MIECO}Consortium" in classes:
            return "consortium"
        case "within" if kind_of(classes) in ACTORS and f"{MIECO}Alliance" not in classes:
            return "organisation"
    return next((part for name, part in _PARTS.items() if name in classes), None)


def _rows(
    engine: Engine, query: str, variable: str, iris: Iterable[str], seconds: float
) -> Iterable[Row]:
    wanted = sorted(set(iris))
    for start in range(0, len(wanted), _AT_ONCE):
        terms = [NamedNode(iri) for iri in wanted[start : start + _AT_ONCE]]
        asked = Query(page_query(query), values={variable: terms})
        yield from rows_in(engine.query(asked, seconds=seconds))
