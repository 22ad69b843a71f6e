"""Every axiom of an ontology as rules, or with the reason why it becomes none.

The kinds are those of the OWL 2 mapping to RDF (§3.2, tables 9 to 17).  An axiom of a kind
that is not listed here is an error, never passed over.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from rdflib import OWL, RDF, RDFS, BNode, Graph, Namespace, URIRef
from rdflib.term import Node

from mieco.errors import AxiomUnknown, Text
from mieco.reason.class_expressions import (
    CHOICE,
    EVERYTHING,
    VALUES,
    ClassExpressions,
    NotInRules,
    UnknownForm,
    constant,
)
from mieco.reason.expressions import text_of_node
from mieco.reason.rule import OWL_THING, Atom, Axiom, Rule, Test, tidied
from mieco.terms import MIECO

SWRL = Namespace("http://www.w3.org/2003/11/swrl#")

ANNOTATION = Text("注释属性的公理没有逻辑含义", "an axiom on annotations has no logical meaning")
FOREIGN = Text(
    "外部词表的属性怎样取值，不由这里判断",
    "how others use their own properties is not judged here",
)
UNIQUE = Text(
    "这里一物一名，不同的 IRI 就是不同的事物", "names are unique here: two IRIs are two things"
)
SAME = Text(
    "这里一物一名，不合并个体", "names are unique here: individuals are never merged into one"
)
Outcome = Rule | Text
Step = Callable[["_Reader", Node, Node], Iterator[Outcome]]
Kind = tuple[str, Step]


def read_axioms(ontology: Graph) -> list[Axiom]:
    """The axioms of a merged ontology, in the order of their texts.

    Raises :class:`~mieco.errors.AxiomUnknown`.
    """
    graph = _normalised(ontology)
    reader = _Reader(graph)
    # In an order of its own, so that the same ontology always gives the same rules.
    triples = sorted(set(graph), key=lambda triple: _text(graph, *triple))
    found = [axiom for triple in triples for axiom in reader.read(*triple)]
    return sorted(found, key=lambda axiom: (axiom.kind, axiom.text))


def _normalised(ontology: Graph) -> Graph:
    """OWL 1 defined a class on the class itself (mapping §3.2.5, table 18): now as OWL 2 does."""
    graph = Graph()
    graph += ontology
    for form in (OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.complementOf):
        for named, parts in list(graph.subject_objects(form)):
            if isinstance(named, URIRef):
                expression = BNode()
                graph.remove((named, form, parts))
                graph.add((expression, form, parts))
                graph.add((named, OWL.equivalentClass, expression))
    return graph


class _Reader:
    def __init__(self, ontology: Graph) -> None:
        self.graph = ontology
        self._nested: list[Outcome] = []
        self.classes = ClassExpressions(ontology, self._nested.append)

    def read(self, subject: Node, predicate: Node, value: Node) -> Iterator[Axiom]:
        """The axiom that a triple stands for, if it stands for one."""
        kind = self._kind(subject, predicate, value)
        if kind is None:
            return
        name, step = kind
        try:
            outcomes = list(step(self, subject, value))
        except NotInRules as no:
            outcomes = [no.reason]
        except UnknownForm as form:
            raise AxiomUnknown(axiom=str(form)) from None
        outcomes, self._nested[:] = [*self._nested, *outcomes], []
        yield Axiom(
            kind=name,
            text=_text(self.graph, subject, predicate, value),
            about=self._about(subject, value),
            rules=tuple(tidied(o) for o in outcomes if isinstance(o, Rule)),
            reasons=tuple(dict.fromkeys(o for o in outcomes if isinstance(o, Text))),
        )

    def _kind(self, subject: Node, predicate: Node, value: Node) -> Kind | None:
        if predicate == RDF.type and isinstance(value, BNode):
            return "ClassAssertion", _class_assertion
        word = value if predicate == RDF.type else predicate
        kind = (_BY_TYPE if predicate == RDF.type else _BY_PREDICATE).get(word)
        if kind is None:
            self._refuse_unknown(word, subject)
        # The inverse of a property is an expression if it has no name of its own.
        is_expression = isinstance(subject, BNode) and predicate == OWL.inverseOf
        return None if is_expression else kind

    def _about(self, subject: Node, value: Node) -> tuple[str, ...]:
        if isinstance(subject, URIRef):
            return (str(subject),)
        members = self.graph.value(subject, OWL.members)
        nodes = self.classes.members(members) if members is not None else [value]
        return tuple(str(node) for node in nodes if isinstance(node, URIRef))

    def _refuse_unknown(self, term: Node, subject: Node) -> None:
        """Raises AxiomUnknown for a word of OWL that is neither an axiom nor harmless."""
        if str(term).startswith((str(OWL), str(RDFS), str(SWRL))) and term not in _NO_AXIOM:
            name = text_of_node(self.graph, term)
            raise AxiomUnknown(axiom=f"{text_of_node(self.graph, subject)} {name}")

    def is_annotation(self, prop: Node) -> bool:
        kinds = set(self.graph.objects(prop, RDF.type))
        return OWL.AnnotationProperty in kinds and not kinds & {
            OWL.ObjectProperty,
            OWL.DatatypeProperty,
        }

    def is_data(self, prop: Node) -> bool:
        return (prop, RDF.type, OWL.DatatypeProperty) in self.graph


def _text(graph: Graph, subject: Node, predicate: Node, value: Node) -> str:
    """An axiom in one line, much as the Manchester syntax has it."""
    this = text_of_node(graph, subject)
    words: dict[Node, str] = {
        RDFS.subClassOf: "⊑",
        RDFS.subPropertyOf: "⊑",
        OWL.equivalentClass: "≡",
        OWL.equivalentProperty: "≡",
        OWL.propertyChainAxiom: "⊒",
    }
    if predicate == RDF.type and isinstance(subject, BNode):
        return this
    word = words.get(predicate, text_of_node(graph, predicate))
    if predicate == RDF.type:
        word = "a"
    said = text_of_node(graph, value)
    if predicate == OWL.propertyChainAxiom:
        said = said.strip("()").replace(", ", " ∘ ")
    return f"{this} {word} {said}"


# ------------------------------------------------------------------------ class axioms


def _subclass(reader: _Reader, below: Node, above: Node) -> Iterator[Outcome]:
    x = reader.classes.variable()
    body = reader.classes.conditions(below, x)
    if not body:
        yield EVERYTHING
        return
    yield from reader.classes.consequences(body, above, x)


def _equivalent(reader: _Reader, one: Node, other: Node) -> Iterator[Outcome]:
    for below, above in ((one, other), (other, one)):
        try:
            yield from _subclass(reader, below, above)
        except NotInRules as no:
            yield no.reason


def _disjoint(reader: _Reader, one: Node, other: Node) -> Iterator[Outcome]:
    x = reader.classes.variable()
    body = (*reader.classes.conditions(one, x), *reader.classes.conditions(other, x))
    yield Rule(None, body)


def _all_disjoint(reader: _Reader, axiom: Node, _: Node) -> Iterator[Outcome]:
    for one, other in itertools.combinations(_members(reader, axiom), 2):
        yield from _disjoint(reader, one, other)


def _disjoint_union(reader: _Reader, whole: Node, parts: Node) -> Iterator[Outcome]:
    members = reader.classes.members(parts)
    for part in members:
        yield from _subclass(reader, part, whole)
    for one, other in itertools.combinations(members, 2):
        yield from _disjoint(reader, one, other)
    if len(members) > 1:
        yield CHOICE


def _class_assertion(reader: _Reader, individual: Node, expression: Node) -> Iterator[Outcome]:
    yield from reader.classes.consequences((), expression, constant(individual))


# --------------------------------------------------------------------- property axioms


def _relation(reader: _Reader, prop: Node, subject: str, value: str) -> Atom:
    if reader.is_annotation(prop):
        raise NotInRules(ANNOTATION)
    return reader.classes.related(prop, subject, value)


def _subproperty(reader: _Reader, below: Node, above: Node) -> Iterator[Outcome]:
    body = _relation(reader, below, "?x", "?y")
    yield Rule(_relation(reader, above, "?x", "?y"), (body,))


def _equivalent_property(reader: _Reader, one: Node, other: Node) -> Iterator[Outcome]:
    yield from _subproperty(reader, one, other)
    yield from _subproperty(reader, other, one)


def _inverse(reader: _Reader, one: Node, other: Node) -> Iterator[Outcome]:
    for a, b in ((one, other), (other, one)):
        yield Rule(_relation(reader, b, "?y", "?x"), (_relation(reader, a, "?x", "?y"),))


def _chain(reader: _Reader, prop: Node, chain: Node) -> Iterator[Outcome]:
    links = reader.classes.members(chain)
    body = [_relation(reader, link, f"?x{i}", f"?x{i + 1}") for i, link in enumerate(links)]
    yield Rule(_relation(reader, prop, "?x0", f"?x{len(links)}"), tuple(body))


def _domain(reader: _Reader, prop: Node, kind: Node) -> Iterator[Outcome]:
    body = (_relation(reader, prop, "?x", "?y"),)
    yield from reader.classes.consequences(body, kind, "?x")


def _range(reader: _Reader, prop: Node, kind: Node) -> Iterator[Outcome]:
    body = (_relation(reader, prop, "?x", "?y"),)
    if reader.is_data(prop):
        if isinstance(kind, URIRef):
            yield Rule(None, body, (Test("not a", ("?y",), (str(kind),)),))
        else:
            yield VALUES
        return
    yield from reader.classes.consequences(body, kind, "?y")


def _object_property(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    if not str(prop).startswith(MIECO):
        yield FOREIGN
        return
    body = (_relation(reader, prop, "?x", "?y"),)
    yield Rule(None, body, (Test("not a", ("?y",), (OWL_THING,)),))


def _data_property(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    if not str(prop).startswith(MIECO):
        yield FOREIGN
        return
    body = (_relation(reader, prop, "?x", "?y"),)
    yield Rule(None, body, (Test("not a", ("?y",), (str(RDFS.Literal),)),))


def _disjoint_properties(reader: _Reader, one: Node, other: Node) -> Iterator[Outcome]:
    body = (_relation(reader, one, "?x", "?y"), _relation(reader, other, "?x", "?y"))
    yield Rule(None, body)


def _all_disjoint_properties(reader: _Reader, axiom: Node, _: Node) -> Iterator[Outcome]:
    for one, other in itertools.combinations(_members(reader, axiom), 2):
        yield from _disjoint_properties(reader, one, other)


def _transitive(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (_relation(reader, prop, "?x", "?y"), _relation(reader, prop, "?y", "?z"))
    yield Rule(_relation(reader, prop, "?x", "?z"), body)


def _symmetric(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(_relation(reader, prop, "?y", "?x"), (_relation(reader, prop, "?x", "?y"),))


def _asymmetric(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(None, (_relation(reader, prop, "?x", "?y"), _relation(reader, prop, "?y", "?x")))


def _irreflexive(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    yield Rule(None, (_relation(reader, prop, "?x", "?x"),))


def _reflexive(_reader: _Reader, _prop: Node, _: Node) -> Iterator[Outcome]:
    yield EVERYTHING


def _functional(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (_relation(reader, prop, "?x", "?y"), _relation(reader, prop, "?x", "?z"))
    yield Rule(None, body, (Test("differ", ("?y", "?z")),))


def _inverse_functional(reader: _Reader, prop: Node, _: Node) -> Iterator[Outcome]:
    body = (_relation(reader, prop, "?y", "?x"), _relation(reader, prop, "?z", "?x"))
    yield Rule(None, body, (Test("differ", ("?y", "?z")),))


def _key(reader: _Reader, kind: Node, properties: Node) -> Iterator[Outcome]:
    body: list[Atom] = []
    for this in ("?y", "?z"):
        body += reader.classes.conditions(kind, this)
        for place, prop in enumerate(reader.classes.members(properties)):
            body.append(_relation(reader, prop, this, f"?x{place}"))
    yield Rule(None, tuple(body), (Test("differ", ("?y", "?z")),))


# -------------------------------------------------------------------------- assertions


def _same(_reader: _Reader, _one: Node, _other: Node) -> Iterator[Outcome]:
    yield SAME


def _different(_reader: _Reader, _one: Node, _other: Node) -> Iterator[Outcome]:
    yield UNIQUE


def _negative(reader: _Reader, axiom: Node, _: Node) -> Iterator[Outcome]:
    graph = reader.graph
    prop = graph.value(axiom, OWL.assertionProperty)
    subject = graph.value(axiom, OWL.sourceIndividual)
    value = graph.value(axiom, OWL.targetIndividual) or graph.value(axiom, OWL.targetValue)
    if prop is None or subject is None or value is None:
        raise UnknownForm(text_of_node(graph, axiom))
    yield Rule(None, (_relation(reader, prop, constant(subject), constant(value)),))


def _members(reader: _Reader, axiom: Node) -> Sequence[Node]:
    members = reader.graph.value(axiom, OWL.members)
    if members is None:
        raise UnknownForm(text_of_node(reader.graph, axiom))
    return reader.classes.members(members)


_BY_PREDICATE: dict[Node, Kind] = {
    RDFS.subClassOf: ("SubClassOf", _subclass),
    OWL.equivalentClass: ("EquivalentClasses", _equivalent),
    OWL.disjointWith: ("DisjointClasses", _disjoint),
    OWL.disjointUnionOf: ("DisjointUnion", _disjoint_union),
    RDFS.subPropertyOf: ("SubPropertyOf", _subproperty),
    OWL.propertyChainAxiom: ("SubPropertyOf (chain)", _chain),
    OWL.equivalentProperty: ("EquivalentProperties", _equivalent_property),
    OWL.inverseOf: ("InverseProperties", _inverse),
    OWL.propertyDisjointWith: ("DisjointProperties", _disjoint_properties),
    RDFS.domain: ("Domain", _domain),
    RDFS.range: ("Range", _range),
    OWL.hasKey: ("HasKey", _key),
    OWL.sameAs: ("SameIndividual", _same),
    OWL.differentFrom: ("DifferentIndividuals", _different),
}

_BY_TYPE: dict[Node, Kind] = {
    OWL.ObjectProperty: ("Declaration", _object_property),
    OWL.DatatypeProperty: ("Declaration", _data_property),
    OWL.AllDisjointClasses: ("DisjointClasses", _all_disjoint),
    OWL.AllDisjointProperties: ("DisjointProperties", _all_disjoint_properties),
    OWL.AllDifferent: ("DifferentIndividuals", _different),
    OWL.NegativePropertyAssertion: ("NegativePropertyAssertion", _negative),
    OWL.FunctionalProperty: ("FunctionalProperty", _functional),
    OWL.InverseFunctionalProperty: ("InverseFunctionalProperty", _inverse_functional),
    OWL.TransitiveProperty: ("TransitiveProperty", _transitive),
    OWL.SymmetricProperty: ("SymmetricProperty", _symmetric),
    OWL.AsymmetricProperty: ("AsymmetricProperty", _asymmetric),
    OWL.ReflexiveProperty: ("ReflexiveProperty", _reflexive),
    OWL.IrreflexiveProperty: ("IrreflexiveProperty", _irreflexive),
}

# Words of OWL and RDFS that make no axiom by themselves: declarations, parts of expressions
# (read with the axiom that they stand in), annotations and the header.
_DECLARATIONS = (
    *(OWL.Class, OWL.AnnotationProperty, RDF.Property),
    *(OWL.NamedIndividual, OWL.Ontology, OWL.Restriction, OWL.Axiom, OWL.Annotation),
    *(OWL.OntologyProperty, OWL.DeprecatedClass, OWL.DeprecatedProperty, OWL.DataRange),
    *(OWL.Thing, OWL.Nothing, RDFS.Datatype, RDFS.Class, RDFS.Literal, RDFS.Resource),
)
_PARTS = (
    *(OWL.intersectionOf, OWL.unionOf, OWL.complementOf, OWL.oneOf, OWL.onProperty),
    *(OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue, OWL.hasSelf, OWL.inverseOf),
    *(OWL.minCardinality, OWL.maxCardinality, OWL.cardinality, OWL.onClass, OWL.onDataRange),
    *(OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality, OWL.qualifiedCardinality),
    *(OWL.onDatatype, OWL.withRestrictions, OWL.datatypeComplementOf, OWL.members),
    *(OWL.distinctMembers, OWL.assertionProperty, OWL.sourceIndividual, OWL.targetIndividual),
    *(OWL.targetValue, OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget),
)
_ANNOTATIONS = (
    *(RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy),
    *(OWL.imports, OWL.versionIRI, OWL.versionInfo, OWL.priorVersion, OWL.deprecated),
    *(OWL.backwardCompatibleWith, OWL.incompatibleWith),
)
_NO_AXIOM = frozenset({*_DECLARATIONS, *_PARTS, *_ANNOTATIONS})
