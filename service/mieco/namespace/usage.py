"""How a release uses the terms of the ontology: counts, values, shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Triple

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.page_queries import page_query, rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, Entailment, Query, rows_in, text_of
from mieco.namespace.shapes import Shapes
from mieco.rdflib_graphs import graph_of
from mieco.releases import Release
from mieco.stores import Row, Term

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
class PropertyUse:
    """What a property is said of, and which values it has most often, with the numbers.

    ``more`` is whether there are further values, ``more_subjects`` whether further subjects.
    """

    classes: Sequence[tuple[str, int]]
    subjects: Sequence[tuple[str, int]]
    values: Sequence[tuple[Term, int]]
    more: bool
    more_subjects: bool

    def iris(self) -> list[str]:
        """All that it names."""
        found = [iri for iri, _ in (*self.classes, *self.subjects)]
        values = (value for value, _ in self.values)
        return found + [value.value for value in values if isinstance(value, NamedNode)]


class Uses:
    """What releases have of the ontology, each found once.  Thread-safe."""

    def __init__(self) -> None:
        self._uses: ByRelease[Use] = ByRelease()
        self._properties: ByRelease[dict[str, PropertyUse]] = ByRelease()

    def of(self, engine: Engine, release: Release, *, seconds: float) -> Use:
        """Raises what the engine raises, and Overloaded if others wait for it longer than this."""
        return self._uses.of(release, lambda: _use(engine, seconds), seconds=seconds)

    def property(
        self, engine: Engine, release: Release, iri: str, *, seconds: float
    ) -> PropertyUse:
        """How a release uses a property."""
        kept = self._properties.of(release, dict, seconds=seconds)
        if iri not in kept:
            kept[iri] = _property_use(engine, iri, seconds)
        return kept[iri]


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
