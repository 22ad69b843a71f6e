"""How the facts of a profile are fetched: few queries, each of many things at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from mieco.ask.page_queries import page_query, rows_of
from mieco.ask.profiles.facts import Evidence, Facts, iri_of
from mieco.ask.support import Source
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language
from mieco.stores import Row, Term, is_iri

Labels = Mapping[str, tuple[str, str]]
# The grades of sources, the best first.
_GRADES = ("primary", "press", "article", "copy", "weak")
# So many things are looked up at once.
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Coding:
    """A reading of a thing: the concept, why, by whom and when."""

    iri: str
    thing: str
    concept: str
    basis: Literal | None
    coder: str
    date: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a profile is read from, for whom, and within how many seconds each query."""

    engine: Engine
    language: Language
    seconds: float

    def rows(self, name: str, **bound: str) -> list[Row]:
        """The rows of a page query, IRIs bound by the names of their variables."""
        bindings: dict[str, Term] = {k: NamedNode(iri) for k, iri in bound.items()}
        return rows_of(self.engine, name, bindings, seconds=self.seconds)

    def rows_about(self, name: str, variable: str, things: Iterable[str], **more: str) -> list[Row]:
        """The rows of a page query of which a variable is given its values.

        ``more`` are properties (local names of ours, or IRIs) that other variables may be.
        """
        nodes = [NamedNode(thing) for thing in dict.fromkeys(things) if is_iri(thing)]
        fixed = {k: [NamedNode(iri_of(n)) for n in names.split()] for k, names in more.items()}
        found: list[Row] = []
        for start in range(0, len(nodes), _AT_ONCE):
            values = {variable: nodes[start : start + _AT_ONCE], **fixed}
            query = Query(page_query(name), values=values)
            found += rows_in(self.engine.query(query, seconds=self.seconds))
        return found

    def evidence(self, things: Iterable[str]) -> tuple[Evidence, list[Source]]:
        """The sources of things by graph, and all of these, the best grade first."""
        found: dict[str, dict[str, list[str]]] = {}
        grades: dict[str, str] = {}
        facts: dict[str, set[str]] = {}
        for row in self.rows_about("evidence-in-graphs", "fact", things):
            source = text_of(row["source"])
            graph = found.setdefault(text_of(row["fact"]), {})
            graph.setdefault(text_of(row["graph"]), []).append(source)
            grades[source] = text_of(row["grade"]) if "grade" in row else ""
            facts.setdefault(source, set()).add(text_of(row["fact"]))
        order = sorted(facts, key=lambda iri: (_rank(grades[iri]), -len(facts[iri]), iri))
        return found, [Source(iri, grades[iri], len(facts[iri])) for iri in order]

    def facts(self, rows: Sequence[Row]) -> tuple[Facts, list[Source]]:
        """Facts in rows with ``thing``, ``property``, ``value``, ``graph``; their sources."""
        evidence, sources = self.evidence(text_of(row["thing"]) for row in rows)
        return Facts.of(rows, evidence), sources

    def related(self, things: Iterable[str], *names: str) -> Facts:
        """Some properties of some things, their classes among them; without evidence.

        Which of them are inferred is told only of classes.
        """
        rows = self.rows_about("values-in-graphs", "thing", things, property=" ".join(names))
        return Facts.of(rows, {})

    def codings(self, things: Iterable[str]) -> list[Coding]:
        """The readings of things, the reason for each in the reader's language where it is."""
        found: dict[str, Coding] = {}
        rows = self.rows_about("codings", "thing", things)
        for row in rows:
            iri, basis = text_of(row["coding"]), row.get("basis")
            spoken = isinstance(basis, Literal) and basis.language == self.language
            if iri in found and not spoken:
                continue
            found[iri] = Coding(
                iri=iri,
                thing=text_of(row["thing"]),
                concept=text_of(row["concept"]),
                basis=basis if isinstance(basis, Literal) else None,
                coder=text_of(row["coder"]) if "coder" in row else "",
                date=text_of(row["date"]) if "date" in row else "",
            )
        return list(found.values())

    def labels(self, *groups: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The names of things."""
        iris = sorted({iri for group in groups for iri in group if iri})
        return self.engine.labels(iris, self.language, seconds=self.seconds) if iris else {}


def _rank(grade: str) -> int:
    name = grade.rpartition("/")[2]
    return _GRADES.index(name) if name in _GRADES else len(_GRADES)


def iris_in(*facts: Facts) -> set[str]:
    """Every IRI that has a place in facts."""
    found: set[str] = set()
    for each in facts:
        for thing in each.things:
            found.add(thing)
            for name, values in each.about(thing).items():
                found.add(name)
                found |= {fact.text for fact in values if isinstance(fact.value, NamedNode)}
    return found
