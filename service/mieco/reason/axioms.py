"""Every axiom of an ontology as rules, or with the reason why it becomes none.

The kinds are those of the OWL 2 mapping to RDF (§3.2, tables 9 to 17).  An axiom of a kind
that is not listed here is an error, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rdflib import OWL, RDF, RDFS, BNode, Graph, Namespace, URIRef
from rdflib.term import Node

from mieco.errors import AxiomUnknown, Text
from mieco.reason import class_axioms, property_axioms
from mieco.reason.class_expressions import ClassExpressions, NotInRules, Outcome, UnknownForm
from mieco.reason.manchester import text_of_node
from mieco.reason.rule import Axiom, Rule, tidied

SWRL = Namespace("http://www.w3.org/2003/11/swrl#")

Step = Callable[[ClassExpressions, Node, Node], Iterator[Outcome]]
Kind = tuple[str, Step]


def read_axioms(ontology: Graph) -> list[Axiom]:
    """The axioms of a merged ontology, in the order of their texts.

    Raises :class:`~mieco.errors.AxiomUnknown`.
    """
    graph = _normalised(ontology)
    reader = _Reader(graph)
    try:
        stating = [triple for triple in set(graph) if reader.is_axiom(*triple)]
        # In an order of its own, so that the same ontology always gives the same rules.
        stating.sort(key=lambda triple: text_of_axiom(graph, *triple))
        found = [reader.read(*triple) for triple in stating]
    except (RecursionError, KeyError, ValueError):
        raise AxiomUnknown(axiom=_BROKEN) from None
    return sorted(found, key=lambda axiom: (axiom.kind, axiom.text))


_BROKEN = Text(
    "有的表达式或列表残缺、成环或嵌套太深",
    "an expression or a list is broken, circular, or nested too deep",
)


def _normalised(ontology: Graph) -> Graph:
    """OWL 1 defined a class on the class itself (mapping §3.2.5, table 18): now as OWL 2 does."""
    old = [
        (named, form, parts)
        for form in (OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.complementOf)
        for named, parts in ontology.subject_objects(form)
        if isinstance(named, URIRef)
    ]
    if not old:
        return ontology
    graph = Graph()
    graph += ontology
    for named, form, parts in old:
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

    def is_axiom(self, subject: Node, predicate: Node, value: Node) -> bool:
        """Does a triple stand for an axiom?  Raises AxiomUnknown."""
        return self._kind(subject, predicate, value) is not None

    def read(self, subject: Node, predicate: Node, value: Node) -> Axiom:
        """The axiom that a triple stands for.  Raises AxiomUnknown."""
        kind = self._kind(subject, predicate, value)
        if kind is None:
            raise ValueError(f"no axiom: {predicate}")
        name, step = kind
        try:
            outcomes = list(step(self.classes, subject, value))
        except NotInRules as no:
            outcomes = [no.reason]
        except UnknownForm as form:
            whole = text_of_axiom(self.graph, subject, predicate, value)
            raise AxiomUnknown(axiom=f"{whole} — {form}") from None
        outcomes, self._nested[:] = [*self._nested, *outcomes], []
        return Axiom(
            kind=name,
            text=text_of_axiom(self.graph, subject, predicate, value),
            about=self._about(subject, value),
            rules=tuple(dict.fromkeys(tidied(o) for o in outcomes if isinstance(o, Rule))),
            reasons=tuple(dict.fromkeys(o for o in outcomes if isinstance(o, Text))),
        )

    def _kind(self, subject: Node, predicate: Node, value: Node) -> Kind | None:
        if predicate == RDF.type and isinstance(value, BNode):
            return "ClassAssertion", class_axioms.class_assertion
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
            raise AxiomUnknown(axiom=f"{self._owner(subject)} {name}")

    def _owner(self, node: Node) -> str:
        """The named term that an anonymous node is said of, else the node in full."""
        seen = {node}
        while isinstance(node, BNode):
            above = next((s for s in self.graph.subjects(None, node) if s not in seen), None)
            if above is None:
                break
            seen.add(above)
            node = above
        return text_of_node(self.graph, node)


def text_of_axiom(graph: Graph, subject: Node, predicate: Node, value: Node) -> str:
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


_BY_PREDICATE: dict[Node, Kind] = {
    RDFS.subClassOf: ("SubClassOf", class_axioms.subclass),
    OWL.equivalentClass: ("EquivalentClasses", class_axioms.equivalent),
    OWL.disjointWith: ("DisjointClasses", class_axioms.disjoint),
    OWL.disjointUnionOf: ("DisjointUnion", class_axioms.disjoint_union),
    RDFS.subPropertyOf: ("SubPropertyOf", property_axioms.subproperty),
    OWL.propertyChainAxiom: ("SubPropertyOf (chain)", property_axioms.chain),
    OWL.equivalentProperty: ("EquivalentProperties", property_axioms.equivalent_property),
    OWL.inverseOf: ("InverseProperties", property_axioms.inverse),
    OWL.propertyDisjointWith: ("DisjointProperties", property_axioms.disjoint_properties),
    RDFS.domain: ("Domain", property_axioms.domain),
    RDFS.range: ("Range", property_axioms.range_),
    OWL.hasKey: ("HasKey", property_axioms.key),
    OWL.sameAs: ("SameIndividual", class_axioms.same),
    OWL.differentFrom: ("DifferentIndividuals", class_axioms.different),
}

_BY_TYPE: dict[Node, Kind] = {
    OWL.ObjectProperty: ("Declaration", property_axioms.object_property),
    OWL.DatatypeProperty: ("Declaration", property_axioms.data_property),
    OWL.AllDisjointClasses: ("DisjointClasses", class_axioms.all_disjoint),
    OWL.AllDisjointProperties: ("DisjointProperties", property_axioms.all_disjoint_properties),
    OWL.AllDifferent: ("DifferentIndividuals", class_axioms.different),
    OWL.NegativePropertyAssertion: ("NegativePropertyAssertion", property_axioms.negative),
    OWL.FunctionalProperty: ("FunctionalProperty", property_axioms.functional),
    OWL.InverseFunctionalProperty: (
        "InverseFunctionalProperty",
        property_axioms.inverse_functional,
    ),
    OWL.TransitiveProperty: ("TransitiveProperty", property_axioms.transitive),
    OWL.SymmetricProperty: ("SymmetricProperty", property_axioms.symmetric),
    OWL.AsymmetricProperty: ("AsymmetricProperty", property_axioms.asymmetric),
    OWL.ReflexiveProperty: ("ReflexiveProperty", property_axioms.reflexive),
    OWL.IrreflexiveProperty: ("IrreflexiveProperty", property_axioms.irreflexive),
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
    *(RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy, RDFS.member, RDFS.Container),
    *(OWL.topObjectProperty, OWL.topDataProperty),
    *(OWL.imports, OWL.versionIRI, OWL.versionInfo, OWL.priorVersion, OWL.deprecated),
    *(OWL.backwardCompatibleWith, OWL.incompatibleWith),
)
_NO_AXIOM = frozenset({*_DECLARATIONS, *_PARTS, *_ANNOTATIONS})
