"""The axioms about a term as sentences, each with its text in Manchester syntax.

Which forms there are is after the OWL 2 Structural Specification §9; the keywords are those of the
Manchester syntax (W3C Note of 2012, §2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from mieco.errors import Text
from mieco.namespace.description import OF_OURS
from mieco.namespace.expression_words import Expressions
from mieco.namespace.phrases import Phrase, fill, joined, named
from mieco.reason.axioms import text_of_axiom
from mieco.reason.manchester import text_of_node

# The letters that stand for things: at most as many as the longest chain has.
_ZH, _EN = "甲乙丙丁戊己庚辛", "xyzuvwst"


@dataclass(frozen=True, slots=True)
class Axiom:
    """An axiom about a term: its keyword, its expression, what it says, and why it was laid down.

    ``pieces`` make up the expression; every second of them is a short name of ours.
    """

    keyword: str
    pieces: Sequence[str]
    words: Phrase
    reasons: Sequence[Text] = ()

    @property
    def formal(self) -> str:
        """As in Manchester syntax."""
        return f"{self.keyword}: {''.join(self.pieces)}"


# Characteristics of properties: keyword, and what they say of p.
_CHARACTERISTICS: Mapping[URIRef, tuple[str, Text]] = {
    OWL.FunctionalProperty: (
        "Functional",
        Text("一个事物至多有一个{p}。", "A thing has at most one {p}."),
    ),
    OWL.InverseFunctionalProperty: (
        "InverseFunctional",
        Text("一个值至多是一个事物的{p}。", "A value is the {p} of at most one thing."),
    ),
    OWL.TransitiveProperty: (
        "Transitive",
        Text(
            "{p}可以传递：甲的{p}是乙，乙的{p}是丙，则甲的{p}也是丙。",
            "{p} is transitive: if the {p} of x is y, and the {p} of y is z,"
            " then the {p} of x is z.",
        ),
    ),
    OWL.SymmetricProperty: (
        "Symmetric",
        Text(
            "{p}是双向的：甲的{p}是乙，则乙的{p}也是甲。",
            "{p} is symmetric: if the {p} of x is y, then the {p} of y is x.",
        ),
    ),
    OWL.AsymmetricProperty: (
        "Asymmetric",
        Text(
            "{p}只有一个方向：甲的{p}是乙，则乙的{p}不会是甲。",
            "{p} is asymmetric: if the {p} of x is y, then the {p} of y is not x.",
        ),
    ),
    OWL.ReflexiveProperty: (
        "Reflexive",
        Text("每个事物的{p}都有它自己。", "Everything has itself as {p}."),
    ),
    OWL.IrreflexiveProperty: (
        "Irreflexive",
        Text("没有事物的{p}是它自己。", "Nothing has itself as {p}."),
    ),
}
# Axioms on two properties: keyword, and what they say of both.
_OF_PROPERTIES: Mapping[URIRef, tuple[str, Text]] = {
    RDFS.subPropertyOf: (
        "SubPropertyOf",
        Text(
            "{p}是{q}的一种：甲的{p}是乙，则甲的{q}也是乙。",
            "{p} is a kind of {q}: if the {p} of x is y, then the {q} of x is y too.",
        ),
    ),
    OWL.equivalentProperty: (
        "EquivalentTo",
        Text("{p}与{q}同义，总是同时成立。", "{p} and {q} mean the same and always hold together."),
    ),
    OWL.inverseOf: (
        "InverseOf",
        Text(
            "{p}与{q}互逆：甲的{p}是乙，则乙的{q}是甲；反过来也一样。",
            "{p} and {q} are inverse to each other: if the {p} of x is y, then the {q} of y is x,"
            " and the other way round.",
        ),
    ),
    OWL.propertyDisjointWith: (
        "DisjointWith",
        Text(
            "{p}与{q}不能同时成立于同样的两个事物之间。",
            "{p} and {q} never hold between the same two things.",
        ),
    ),
}


class AxiomWriter:
    """Writes the axioms that a graph has about its terms."""

    def __init__(self, graph: Graph, labels: Mapping[str, Text]) -> None:
        self._graph = graph
        self._words = Expressions(graph, labels)
        self._forms: Mapping[URIRef, Callable[[URIRef, Node], Axiom | None]] = {
            OWL.equivalentClass: self._equivalent_class,
            RDFS.subClassOf: self._subclass,
            OWL.disjointUnionOf: self._disjoint_union,
            OWL.disjointWith: self._disjoint,
            OWL.hasKey: self._key,
            RDFS.domain: self._domain,
            RDFS.range: self._range,
            **{prop: self._binary(prop) for prop in _OF_PROPERTIES},
            OWL.propertyChainAxiom: self._chain,
        }

    def about(self, iri: str) -> list[Axiom]:
        """The axioms about a term, those that say most first.

        What is said of a term together with others is told of each of them.
        """
        return [*self.alone(iri), *self._groups(URIRef(iri))]

    def alone(self, iri: str) -> list[Axiom]:
        """Those but for the ones about many classes at once."""
        this, found = URIRef(iri), list[Axiom]()
        for prop, write in self._forms.items():
            objects = sorted(
                self._graph.objects(this, prop), key=lambda o: text_of_node(self._graph, o)
            )
            found += [axiom for each in objects if (axiom := write(this, each))]
            if prop in (OWL.inverseOf, OWL.disjointWith):
                others = [s for s in self._graph.subjects(prop, this) if isinstance(s, URIRef)]
                found += [a for each in sorted(others) if (a := write(this, each))]
        found += self._characteristics(this)
        return list({axiom.formal: axiom for axiom in found}.values())

    def said(self, iri: str, text: str) -> Phrase | None:
        """What the axiom about a term says that reasoning writes so; ``None`` if there is none."""
        this = URIRef(iri)
        for prop, node in self._graph.predicate_objects(this):
            if text_of_axiom(self._graph, this, prop, node) != text:
                continue
            if prop == RDF.type:
                return self._characteristic(this, URIRef(str(node)))
            write = self._forms.get(URIRef(str(prop)))
            axiom = write(this, node) if write else None
            return axiom.words if axiom else None
        return None

    def subclass(self, below: URIRef, above: URIRef) -> Phrase:
        """That every member of a class is one of another."""
        return fill(
            "每个{c}都是{d}。",
            "Every {c} is {a_d}.",
            c=named(str(below)),
            d=named(str(above)),
            a_d=self._words.noun(above),
        )

    def _equivalent_class(self, this: URIRef, node: Node) -> Axiom:
        words = fill(
            "一个事物是{c}，当且仅当{it}。",
            "Something is {a} if, and only if, {it}.",
            c=named(str(this)),
            a=self._words.noun(this),
            it=self._words.clause(node),
        )
        return self._axiom("EquivalentTo", node, words)

    def _subclass(self, this: URIRef, node: Node) -> Axiom | None:
        if node == OWL.Thing:
            return None
        if isinstance(node, URIRef):
            words = self.subclass(this, node)
        else:
            words = fill(
                "每个{c}都如此：{it}。",
                "Of every {c} this is true: {it}.",
                c=named(str(this)),
                it=self._words.clause(node),
            )
        return self._axiom("SubClassOf", node, words)

    def _disjoint_union(self, this: URIRef, node: Node) -> Axiom:
        members = [self._words.noun(each) for each in Collection(self._graph, node)]
        words = fill(
            "{c}由互不相交的{all}组成。",
            "Every {c} is exactly one of these: {all}.",
            c=named(str(this)),
            all=joined(members, ("、", "和"), (", ", " or ")),
        )
        return self._axiom("DisjointUnionOf", node, words)

    def _disjoint(self, this: URIRef, node: Node) -> Axiom:
        words = fill(
            "{c}与{d}没有共同的成员。",
            "Nothing is both {a_c} and {a_d}.",
            c=named(str(this)),
            d=self._words.noun(node),
            a_c=self._words.noun(this),
            a_d=self._words.noun(node),
        )
        return self._axiom("DisjointWith", node, words)

    def _key(self, this: URIRef, node: Node) -> Axiom:
        keys = [self._words.property(each) for each in Collection(self._graph, node)]
        words = fill(
            "{all}都相同的两个{c}是同一个。",
            "Of two things that are each {a}, with the same {all}, both are one and the same.",
            c=named(str(this)),
            a=self._words.noun(this),
            all=joined(keys, ("、", "和"), (", ", " and ")),
        )
        return self._axiom("HasKey", node, words)

    def _domain(self, this: URIRef, node: Node) -> Axiom:
        words = fill(
            "有{p}的，都是{c}。",
            "Whatever has {p} is {c}.",
            p=self._words.property(this),
            c=self._words.noun(node),
        )
        return self._axiom("Domain", node, words)

    def _range(self, this: URIRef, node: Node) -> Axiom:
        words = fill(
            "{p}的值都是{c}。",
            "Every value of {p} is {c}.",
            p=self._words.property(this),
            c=self._words.noun(node),
        )
        return self._axiom("Range", node, words)

    def _binary(self, prop: URIRef) -> Callable[[URIRef, Node], Axiom | None]:
        keyword, said_of = _OF_PROPERTIES[prop]

        def write(this: URIRef, node: Node) -> Axiom:
            p, q = self._words.property(this), self._words.property(node)
            return self._axiom(keyword, node, fill(said_of.zh, said_of.en, p=p, q=q))

        return write

    def _chain(self, this: URIRef, node: Node) -> Axiom:
        links = list(Collection(self._graph, node))
        steps = [
            fill(
                f"{_ZH[place]}的{{p}}是{_ZH[place + 1]}",
                f"the {{p}} of {_EN[place]} is {_EN[place + 1]}",
                p=self._words.property(link),
            )
            for place, link in enumerate(links)
        ]
        words = fill(
            f"{{steps}}，则甲的{{p}}是{_ZH[len(links)]}。",
            f"If {{steps}}, then the {{p}} of x is {_EN[len(links)]}.",
            steps=joined(steps, ("，", "，"), (", ", ", and ")),
            p=self._words.property(this),
        )
        text = " o ".join(text_of_node(self._graph, link) for link in links)
        return Axiom("SubPropertyChain", OF_OURS.split(text), words)

    def _characteristics(self, this: URIRef) -> Iterator[Axiom]:
        for kind, (keyword, _) in _CHARACTERISTICS.items():
            if (this, RDF.type, kind) in self._graph:
                yield Axiom("Characteristics", [keyword], self._characteristic(this, kind))

    def _characteristic(self, this: URIRef, kind: URIRef) -> Phrase:
        said_of = _CHARACTERISTICS[kind][1]
        return fill(said_of.zh, said_of.en, p=self._words.property(this))

    def _groups(self, this: URIRef) -> Iterator[Axiom]:
        """All that share no member with a class by the axioms on several classes, as one."""
        others: dict[Node, None] = {}
        reasons: dict[Text, None] = {}
        for group in sorted(self._graph.subjects(RDF.type, OWL.AllDisjointClasses), key=str):
            members = Collection(self._graph, self._graph.value(group, OWL.members) or RDF.nil)
            if this in members:
                others |= dict.fromkeys(each for each in members if each != this)
                reasons |= dict.fromkeys(self._reasons(group))
        if not others:
            return
        said = fill(
            "{c}与下列各类都没有共同的成员：{all}。",
            "Nothing that is {a} is also one of these: {all}.",
            c=named(str(this)),
            a=self._words.noun(this),
            all=joined([named(str(each)) for each in others], ("、", "、"), (", ", ", ")),
        )
        text = ", ".join(text_of_node(self._graph, each) for each in others)
        yield Axiom("DisjointWith", OF_OURS.split(text), said, tuple(reasons))

    def _reasons(self, node: Node) -> Iterator[Text]:
        """What the ontology says of an axiom on several classes."""
        said = {
            o.language: str(o)
            for o in self._graph.objects(node, RDFS.comment)
            if isinstance(o, Literal)
        }
        if said:
            yield Text(said.get("zh", ""), said.get("en", ""))

    def _axiom(self, keyword: str, node: Node, words: Phrase) -> Axiom:
        text = text_of_node(self._graph, node)
        outer = text.startswith("(") and not isinstance(node, URIRef)
        return Axiom(keyword, OF_OURS.split(text[1:-1] if outer else text), words)
