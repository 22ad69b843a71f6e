"""The readiness of a consortium by a release: its facts fetched, checked and put beside clauses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyoxigraph as ox
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV
from rdflib.term import Node

from mieco.ask.consortia import find_consortium
from mieco.ask.page_queries import page_query, rows_of
from mieco.check.policy import our_policy
from mieco.check.readiness import Evidence, Readiness, World, evaluate
from mieco.engine.base import Engine, Query
from mieco.errors import Language, Text
from mieco.stores import Term
from mieco.terms import BASE, DATA_GRAPHS, MIECO, RDF_TYPE

_NTRIPLES = "application/n-triples"
# Facts that come with mieco itself are public ones, not a consortium's own.
_PUBLIC_OWNER = "mieco"


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document that a requirement stands in; one without a known number has none.

    ``status`` is how much of it was read, which may be less than of a clause in it.
    """

    iri: str
    name: Text
    number: str
    status: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A policy requirement as the data know it.

    ``status`` is ``seen``, ``cut`` or ``named``: how much of its text was read.  ``open``
    says which numbers the official text does not give.
    """

    iri: str
    key: str
    name: Text
    description: Text
    documents: Sequence[Document]
    place: str
    status: str
    open: Text


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that is observed or given, as it is written; without a unit if none is said."""

    value: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class ReadinessReport:
    """The readiness, the clauses by IRI, and what the readers of evidence want to know.

    ``sources`` gives the sources of the records that describe a thing, ``grades`` the grade of
    a source, ``figures`` what a thing says in numbers, ``labels`` (name, language tag) of whatever
    has a name.
    """

    readiness: Readiness
    clauses: Mapping[str, Clause]
    sources: Mapping[str, Sequence[str]]
    grades: Mapping[str, str]
    figures: Mapping[str, Figure]
    labels: Mapping[str, tuple[str, str]]

    def name(self, iri: str) -> str:
        return self.labels[iri][0] if iri in self.labels else iri.removeprefix(BASE)

    @property
    def consortium(self) -> str:
        """The name of the consortium."""
        return self.name(self.readiness.consortium)

    def sources_of(self, evidence: Evidence) -> list[str]:
        """Where the thing that counts as evidence, or else what it is said of, is described."""
        things = [evidence.value, *(node for fact in reversed(evidence.facts) for node in fact)]
        for thing in things:
            if found := self.sources.get(str(thing)):
                return list(found)
        return []


@dataclass(frozen=True, slots=True)
class Material:
    """All that a release has to say for a report, so that judging needs no engine.

    ``world`` is the one that fits where the facts come from.
    """

    consortium: str
    facts: Graph
    texts: Graph
    world: World
    labels: Mapping[str, tuple[str, str]]


def fetch(engine: Engine, name: str, language: Language, *, seconds: float) -> Material:
    """The material about the consortium of that IRI, key or name.

    The world is closed for a consortium that has delivered facts of its own.  Raises
    :class:`~mieco.errors.NotFound`, :class:`~mieco.errors.BadParameter` for a name that
    several bear, and what the engine raises.
    """
    consortium = find_consortium(engine, name, "consortium", seconds=seconds)
    bound = {"this": ox.NamedNode(consortium)}
    facts = _graph(engine, Query(page_query("readiness"), bound, graph=_NTRIPLES), seconds)
    texts = _graph(engine, Query(page_query("requirements"), graph=_NTRIPLES), seconds)
    world = _world_of(engine, consortium, facts, seconds)
    iris = {str(node) for fact in facts for node in fact if isinstance(node, URIRef)}
    labels = engine.labels(sorted(iris - {RDF_TYPE}), language, seconds=seconds)
    return Material(consortium, facts, texts, world, labels)


def judge(
    material: Material,
    values: Mapping[str, str],
    *,
    world: World | None = None,
    day: dt.date | None = None,
) -> ReadinessReport:
    """The readiness report; ``values`` are the parameters that the reader chose.

    Without a ``world`` it is the one that fits the material, without a ``day`` today.  Raises
    :class:`~mieco.errors.BadParameter`.
    """
    policy = our_policy()
    readiness = evaluate(
        material.facts,
        material.consortium,
        policy,
        values,
        world=world or material.world,
        day=day or dt.datetime.now(dt.UTC).astimezone().date(),
    )
    has_grade = URIRef(MIECO + "hasGrade")
    return ReadinessReport(
        readiness,
        clauses={
            shape.requirement: _clause(material.texts, shape.requirement)
            for shape in policy.requirements
        },
        sources=_sources(material.facts),
        grades={str(s): str(grade) for s, grade in material.facts.subject_objects(has_grade)},
        figures=_figures(material.facts),
        labels=material.labels,
    )


def _graph(engine: Engine, query: Query, seconds: float) -> Graph:
    return Graph().parse(data=engine.query(query, seconds=seconds).read(), format="nt")


def _world_of(engine: Engine, consortium: str, facts: Graph, seconds: float) -> World:
    """Closed for a consortium that is itself the owner of a batch, whatever this is about."""
    keys = {str(key) for key in facts.objects(URIRef(consortium), DCTERMS.identifier)}
    keys.add(consortium.rpartition("/")[2])
    owners = [ox.Literal(f"{DATA_GRAPHS}{key}/") for key in sorted(keys - {_PUBLIC_OWNER})]
    batches = (rows_of(engine, "batches", {"owner": each}, seconds=seconds) for each in owners)
    return "closed" if any(batches) else "open"


def _clause(texts: Graph, requirement: str) -> Clause:
    this = URIRef(requirement)
    return Clause(
        iri=requirement,
        key=requirement.rpartition("/")[2],
        name=_text(texts, this, RDFS.label),
        description=_text(texts, this, DCTERMS.description),
        documents=[
            Document(
                str(document),
                _text(texts, document, RDFS.label),
                str(texts.value(document, URIRef(MIECO + "documentNumber")) or ""),
                _read_status(texts, document),
            )
            for document in sorted(texts.objects(this, URIRef(MIECO + "statedIn")), key=str)
        ],
        place=str(texts.value(this, URIRef(MIECO + "clauseText")) or ""),
        status=_read_status(texts, this),
        open=_text(texts, this, URIRef(MIECO + "parameterText")),
    )


def _read_status(texts: Graph, thing: Node) -> str:
    return str(texts.value(thing, URIRef(MIECO + "hasReadStatus")) or "").rpartition("/")[2]


def _text(graph: Graph, thing: Node, said: URIRef) -> Text:
    """What a graph says in both languages; what it says in one serves for the other."""
    words = {o.language: str(o) for o in graph.objects(thing, said) if isinstance(o, Literal)}
    other = next(iter(words.values()), "")
    return Text(words.get("zh", other), words.get("en", other))


def _figures(facts: Graph) -> dict[str, Figure]:
    found = {}
    for thing, value in facts.subject_objects(URIRef(MIECO + "value")):
        if isinstance(value, Literal) and isinstance(value.value, Decimal | int | float):
            unit = facts.value(thing, URIRef(MIECO + "hasUnit"))
            found[str(thing)] = Figure(str(value), str(unit) if unit else None)
    return found


def _sources(facts: Graph) -> dict[str, list[str]]:
    """The sources of what records describe.

    An organisation has no record of its own; those of its memberships here stand for it.
    """
    found: dict[str, set[str]] = {}
    for record, thing in facts.subject_objects(URIRef(MIECO + "describes")):
        cited = {str(source) for source in facts.objects(record, PROV.wasDerivedFrom)}
        for described in (thing, *facts.objects(thing, URIRef(MIECO + "party"))):
            found.setdefault(str(described), set()).update(cited)
    return {thing: sorted(cited) for thing, cited in found.items()}


def term_of(node: Node) -> Term:
    """An RDF term of the shapes' library as one of the engine's."""
    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        if node.datatype:
            return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)))
        return ox.Literal(str(node))
    return ox.BlankNode(str(node))
