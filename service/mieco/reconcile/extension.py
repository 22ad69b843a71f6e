"""The values of properties of things: to be fetched, or to be held against a query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from mieco.ask.page_queries import page_query, rows_of
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language
from mieco.reconcile.evidence import Fact, Facts
from mieco.search.lookup import Names
from mieco.stores import Term, is_iri

# The values of properties, by the IRI of the thing and that of the property.
Values = Mapping[tuple[str, str], Sequence[Term]]


def read_values(
    engine: Engine, things: Iterable[str], properties: Iterable[str], *, seconds: float
) -> Values:
    """The values that a release has; nothing for what is no IRI."""
    subjects = [NamedNode(iri) for iri in sorted(set(things)) if is_iri(iri)]
    wanted = [NamedNode(iri) for iri in sorted(set(properties)) if is_iri(iri)]
    found: dict[tuple[str, str], list[Term]] = defaultdict(list)
    if subjects and wanted:
        query = Query(page_query("values"), values={"thing": subjects, "property": wanted})
        for row in rows_in(engine.query(query, seconds=seconds)):
            found[text_of(row["thing"]), text_of(row["property"])].append(row["value"])
    return found


@dataclass(frozen=True, slots=True)
class FactReader:
    """Looks facts up in a release, for a matcher."""

    engine: Engine
    names: Names
    seconds: float

    def bearers(self, property_: str, value: str) -> list[str]:
        """Things that have a thing as value of a property, some at most."""
        if not is_iri(property_) or not is_iri(value):
            return []
        bindings = {"property": NamedNode(property_), "value": NamedNode(value)}
        rows = rows_of(self.engine, "having", bindings, seconds=self.seconds)
        return [text_of(row["thing"]) for row in rows]

    def facts(self, things: set[str], properties: set[str]) -> Facts:
        """The values of properties of things, with their names."""
        values = read_values(self.engine, things, properties, seconds=self.seconds)
        iris = {
            term.value for terms in values.values() for term in terms if isinstance(term, NamedNode)
        }
        known = self.names.by_iris(iris)
        named: dict[str, tuple[str, ...]] = {
            iri: (known[iri].zh, known[iri].en) if iri in known else () for iri in iris
        }
        return {
            key: [
                Fact(text_of(term), named.get(text_of(term), ()), isinstance(term, NamedNode))
                for term in terms
            ]
            for key, terms in values.items()
        }


def of_language(terms: Sequence[Term], language: Language) -> list[Term]:
    """Those of a language where some of them are texts in it, else all."""
    spoken = [term for term in terms if isinstance(term, Literal) and term.language]
    if any(term.language == language for term in spoken):
        others = {term for term in spoken if term.language != language}
        return [term for term in terms if term not in others]
    return list(terms)
