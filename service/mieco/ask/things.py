"""One thing and all that a release says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.errors import Language, NotFound, Text
from mieco.stores import Row, Term
from mieco.terms import INFERRED_GRAPH, RDF_TYPE


@dataclass(frozen=True, slots=True)
class Statement:
    """A value of a property, or a thing that mentions ours; inferred if nobody asserts it.

    ``graphs`` are those that hold it.
    """

    term: Term
    inferred: bool
    graphs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing: what is said of it and where it is mentioned, by property.

    ``labels`` gives (name, language tag) of every IRI here that has a name.
    """

    iri: str
    types: Sequence[Statement]
    statements: Mapping[str, Sequence[Statement]]
    mentions: Mapping[str, Sequence[Statement]]
    labels: Mapping[str, tuple[str, str]]


def read_thing(engine: Engine, iri: str, language: Language, *, seconds: float) -> Thing:
    """Everything about one IRI.  Raises NotFound if the release never mentions it."""
    this = {"this": NamedNode(iri)}
    said = rows_of(engine, "statements", this, seconds=seconds)
    mentioned = rows_of(engine, "mentions", this, seconds=seconds)
    if not said and not mentioned:
        raise no_such_thing(iri)
    statements = _by_property(said, "value")
    mentions = _by_property(mentioned, "thing")
    terms = (s.term for group in (statements, mentions) for ss in group.values() for s in ss)
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    types = [s for s in statements.pop(RDF_TYPE, []) if isinstance(s.term, NamedNode)]
    labels = engine.labels(sorted({iri, *iris, *statements, *mentions}), language, seconds=seconds)
    return Thing(iri, types, statements, mentions, labels)


def no_such_thing(iri: str) -> NotFound:
    """The error for an IRI that a release never mentions."""
    return NotFound(
        what=Text("数据中的", "thing in the data named"),
        name=iri,
        near=Text("请检查拼写，或在首页搜索。", "Check the spelling, or search on the home page."),
    )


def _by_property(rows: Iterable[Row], variable: str) -> dict[str, list[Statement]]:
    """Rows of (property, term, graph) by property; a term once, asserted if any graph says so."""
    found: dict[str, dict[Term, list[str]]] = {}
    for row in rows:
        terms = found.setdefault(text_of(row["property"]), {})
        terms.setdefault(row[variable], []).append(text_of(row["graph"]))
    return {
        name: [
            Statement(term, set(graphs) == {INFERRED_GRAPH}, tuple(graphs))
            for term, graphs in terms.items()
        ]
        for name, terms in found.items()
    }
