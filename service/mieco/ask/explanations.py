"""An explanation: a derivation with names, in words for readers and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mieco.engine.base import text_of, to_wire
from mieco.errors import Language, Text
from mieco.present.names import compact
from mieco.reason.rule import Axiom, tidied
from mieco.reason.why import Derivation
from mieco.reason.wording import fact_in_words
from mieco.releases import Release
from mieco.stores import Term

Basis = OneOf["asserted", "inferred", "untraced"]

# What the kinds of axioms by which facts follow are called; any other by its name in OWL 2.
_KINDS = {
    "SubClassOf": Text("子类", "subclass"),
    "EquivalentClasses": Text("类的定义", "definition of a class"),
    "DisjointUnion": Text("不相交并", "disjoint union"),
    "SubPropertyOf": Text("子属性", "subproperty"),
    "SubPropertyOf (chain)": Text("属性链", "property chain"),
    "EquivalentProperties": Text("等价属性", "equivalent properties"),
    "InverseProperties": Text("互逆属性", "inverse properties"),
    "Domain": Text("属性的定义域", "domain of a property"),
    "Range": Text("属性的值域", "range of a property"),
    "TransitiveProperty": Text("传递属性", "transitive property"),
    "SymmetricProperty": Text("对称属性", "symmetric property"),
    "ClassAssertion": Text("个体的类", "class of an individual"),
    "Classification": Text("HermiT 归类的结果", "classification by HermiT"),
    "Query": Text("查询规则", "query rule"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A derivation, and what its readers need beside it.

    ``labels`` gives (name, language tag) of every IRI in it that has a name, ``grades`` the
    grade of each source that has one (IRIs).
    """

    derivation: Derivation
    labels: Mapping[str, tuple[str, str]]
    grades: Mapping[str, str]

    @property
    def steps(self) -> int:
        """How many inferences it takes, each fact counted once."""
        return len({each.fact for each in every(self.derivation) if each.axiom})

    @property
    def leaves(self) -> int:
        """On how many asserted facts it rests."""
        return len({leaf.fact for leaf in self.derivation.leaves() if leaf.graphs})

    @property
    def untraced(self) -> int:
        """On how many facts that hold, but of which no more is known."""
        leaves = self.derivation.leaves()
        return len({leaf.fact for leaf in leaves if not leaf.graphs})

    def name(self, term: Term) -> str:
        """How a term is called."""
        return name_of(term, self.labels)


def basis(derivation: Derivation) -> Basis:
    """Whether a fact is asserted or inferred; "untraced" where no more than that it holds is known.

    No query can name a blank node, so facts about one are not traced.
    """
    if derivation.axiom:
        return "inferred"
    return "asserted" if derivation.graphs else "untraced"


def kind_in_words(axiom: Axiom) -> Text:
    """What kind of axiom it is."""
    return _KINDS.get(axiom.kind, Text(axiom.kind, axiom.kind))


def records_of(derivation: Derivation) -> dict[str, list[str]]:
    """Row that describes the subject of an asserted fact → the sources of the row (IRIs)."""
    found: dict[str, list[str]] = {}
    for each in derivation.sources:
        found.setdefault(each.record, []).append(each.source)
    return found


def sentence(fact: Triple, labels: Mapping[str, tuple[str, str]]) -> Text:
    """A fact as a sentence, with these names."""

    def named(term: Term) -> Text:
        name = name_of(term, labels)
        return Text(name, name)

    return fact_in_words(fact, named)


def as_json(explanation: Explanation, release: Release, language: Language) -> dict[str, Any]:
    """An explanation for programs: the shape that docs/inference.md describes."""
    return {
        "release": release.as_json(),
        **_described(explanation.derivation, explanation, language),
        "labels": {
            iri: {"value": name, "language": tag} for iri, (name, tag) in explanation.labels.items()
        },
    }


def _described(
    derivation: Derivation, explanation: Explanation, language: Language
) -> dict[str, Any]:
    fact, axiom, rule = derivation.fact, derivation.axiom, derivation.rule
    told: dict[str, Any] = {
        "fact": _triple(fact),
        "sentence": sentence(fact, explanation.labels).in_(language),
        "basis": basis(derivation),
    }
    if axiom is None:
        sources = [
            {
                "record": each.record,
                "source": each.source,
                **(
                    {"grade": explanation.grades[each.source]}
                    if each.source in explanation.grades
                    else {}
                ),
            }
            for each in derivation.sources
        ]
        return {**told, "graphs": list(derivation.graphs), "sources": sources}
    return {
        **told,
        "axiom": {"kind": axiom.kind, "text": axiom.text, "about": list(axiom.about)},
        "rule": str(tidied(rule)) if rule else "",
        **({"repeated": True} if derivation.repeated else {}),
        "premises": [_described(each, explanation, language) for each in derivation.premises],
    }


def _triple(fact: Triple) -> dict[str, Any]:
    return {
        "subject": _term(fact.subject),
        "predicate": _term(fact.predicate),
        "object": _term(fact.object),
    }


def _term(term: Term) -> dict[str, Any]:
    """A term as in SPARQL 1.2 Query Results JSON §3.2.2."""
    match term:
        case BlankNode():
            return {"type": "bnode", "value": term.value}
        case Triple():
            return {"type": "triple", "value": _triple(term)}
    return dict(to_wire(term))


def name_of(term: Term, labels: Mapping[str, tuple[str, str]]) -> str:
    """What a term is called, else how it is written."""
    text = text_of(term)
    if not isinstance(term, NamedNode):
        return text if isinstance(term, Literal) else str(term)
    return labels[text][0] if text in labels else compact(text)


def every(derivation: Derivation) -> Iterator[Derivation]:
    """The derivation and all those within it."""
    yield derivation
    for premise in derivation.premises:
        yield from every(premise)
