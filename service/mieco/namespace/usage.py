"""How a release uses the terms of the ontology: counts, instances, values, shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.own_vocabulary import OwnTerm
from mieco.ask.page_queries import page_query, rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, Entailment, Query, rows_in, text_of
from mieco.namespace.shapes import Shapes
from mieco.rdflib_graphs import graph_of
from mieco.releases import Release
from mieco.stores import Row, Term

# As many as instances-from.rq gives but for one, which tells that there are more.
PAGE: Final = 100
# On the page of a class; all have pages of their own.
SHOWN: Final = 20
_MOST_OFTEN: Final = 10


@dataclass(frozen=True, slots=True)
class Count:
    """Instances of a class or statements with a property: those written down, and all."""

    asserted: int
    both: int


@dataclass(frozen=True, slots=True)
class Use:
    """What a release has of the ontology.

    ``version`` is the number of the version that it holds, or empty; ``counts`` are those of
    classes and properties, and only of those that are used; ``concepts`` how many statements have
    each concept as their value; ``above`` what inference puts above a term.
    """

    version: str
    counts: Mapping[str, Count]
    concepts: Mapping[str, int]
    above: Mapping[str, Sequence[str]]
    shapes: Shapes


@dataclass(frozen=True, slots=True)
class Instance:
    """A thing of a class; ``inferred`` if nobody says so outright."""

    iri: str
    inferred: bool


@dataclass(frozen=True, slots=True)
class Instances:
    """Some things of a class; ``after`` leads to the next ones, and is empty at the end."""

    things: Sequence[Instance]
    after: str


@dataclass(frozen=True, slots=True)
class PropertyUse:
    """What a property is said of, and which values it has most often, with the numbers.

    ``more`` is whether there are further values, ``more_subjects`` whether further subjects.
    """

    classes: Sequence[tuple[str, int]]
    subjects: Sequence[tuple[str, int]]
    values: Sequence[tuple[Term, int]]
    more: bool
    more_subjects: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """What a release shows of a term: some things of a class, or how a property is used."""

    instances: Instances | None = None
    property: PropertyUse | None = None

    def iris(self) -> list[str]:
        """All that it names."""
        found = [each.iri for each in self.instances.things] if self.instances else []
        if self.property:
            found += [iri for iri, _ in (*self.property.classes, *self.property.subjects)]
            values = (value for value, _ in self.property.values)
            found += [value.value for value in values if isinstance(value, NamedNode)]
        return found


class Uses:
    """What releases have of the ontology, each found once.  Thread-safe."""

    def __init__(self) -> None:
        self._uses: ByRelease[Use] = ByRelease()
        self._samples: ByRelease[dict[str, Sample]] = ByRelease()

    def of(self, engine: Engine, release: Release, *, seconds: float) -> Use:
        """Raises what the engine raises, and Overloaded if others wait for it longer than this."""
        return self._uses.of(release, lambda: _use(engine, seconds), seconds=seconds)

    def sample(self, engine: Engine, release: Release, term: OwnTerm, *, seconds: float) -> Sample:
        """What a release shows of a term."""
        kept = self._samples.of(release, dict, seconds=seconds)
        if term.iri not in kept:
            kept[term.iri] = _sample(engine, term, seconds)
        return kept[term.iri]


def _sample(engine: Engine, term: OwnTerm, seconds: float) -> Sample:
    if term.kind != "class":
        return Sample(property=_property_use(engine, term.iri, seconds))
    found = instances_of(engine, term.iri, "both", "", seconds=seconds)
    more = found.things[SHOWN].iri if found.things[SHOWN:] else ""
    return Sample(Instances(found.things[:SHOWN], more))


def instances_of(
    engine: Engine, class_: str, entailment: Entailment, after: str, *, seconds: float
) -> Instances:
    """A page of the things of a class, in the order of their IRIs."""
    engine = EngineWithDeadline(engine, seconds)
    bound: Mapping[str, Term] = {"class": NamedNode(class_), "after": Literal(after)}
    query = Query(page_query("instances-from"), bound, entailment=entailment)
    found = [text_of(row["thing"]) for row in rows_in(engine.query(query, seconds=seconds))]
    page = found[:PAGE]
    written = set(page)
    if entailment != "asserted" and page:
        among = Query(
            page_query("instances-among"),
            {"class": NamedNode(class_)},
            {"thing": [NamedNode(iri) for iri in page]},
            entailment="asserted",
        )
        written = {text_of(row["thing"]) for row in rows_in(engine.query(among, seconds=seconds))}
    things = [Instance(iri, iri not in written) for iri in page]
    return Instances(things, page[-1] if len(found) > PAGE else "")


def _use(engine: Engine, seconds: float) -> Use:
    engine = EngineWithDeadline(engine, seconds)
    version = rows_of(engine, "ontology-version", seconds=seconds)
    above: dict[str, list[str]] = {}
    for row in rows_of(engine, "inferred-above", seconds=seconds):
        above.setdefault(text_of(row["term"]), []).append(text_of(row["above"]))
    asserted, both = (_counts(engine, which, seconds) for which in ("asserted", "both"))
    triples = (
        Triple(row["subject"], row["property"], row["value"])  # type: ignore[arg-type]
        for row in rows_of(engine, "shape-statements", seconds=seconds)
    )
    return Use(
        version=text_of(version[0]["version"]) if version else "",
        counts={term: Count(asserted.get(term, 0), count) for term, count in both.items()},
        concepts=_by_term(rows_of(engine, "concept-use", seconds=seconds), "concept"),
        above=above,
        shapes=Shapes(graph_of(triples)),
    )


def _counts(engine: Engine, which: Entailment, seconds: float) -> dict[str, int]:
    """The instances of every class and the statements with every property."""
    found: dict[str, int] = {}
    for name in ("instances", "statements-with"):
        query = Query(page_query(name), entailment=which)
        found |= _by_term(rows_in(engine.query(query, seconds=seconds)), "term")
    return found


def _property_use(engine: Engine, property_: str, seconds: float) -> PropertyUse:
    engine = EngineWithDeadline(engine, seconds)
    bound = {"property": NamedNode(property_)}
    values = rows_of(engine, "property-values", bound, seconds=seconds)
    subjects = rows_of(engine, "property-subjects", bound, seconds=seconds)
    classes = rows_of(engine, "property-classes", bound, seconds=seconds)
    return PropertyUse(
        classes=[*_by_term(classes, "class").items()][:_MOST_OFTEN],
        subjects=[*_by_term(subjects, "thing").items()][:_MOST_OFTEN],
        values=[(row["value"], int(text_of(row["count"]))) for row in values[:_MOST_OFTEN]],
        more=len(values) > _MOST_OFTEN,
        more_subjects=len(subjects) > _MOST_OFTEN,
    )


def _by_term(rows: Iterable[Row], name: str) -> dict[str, int]:
    return {text_of(row[name]): int(text_of(row["count"])) for row in rows if name in row}
