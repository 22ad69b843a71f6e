"""Small random ontologies with facts, each the same for the same seed.

The expressions stand where OWL 2 RL allows them (Profiles §4.2), and where the compiled rules
go further on the left ("min 1", "Self", enumerations of values).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from mieco import terms

UNPUBLISHED = "http://example.org/unpublished#"
THINGS = Namespace("http://example.org/thing/")

LITERALS = (
    *(Literal("1"), Literal("a"), Literal("a", lang="en"), Literal("a", lang="zh")),
    *(Literal("1", datatype=XSD.integer), Literal("01", datatype=XSD.integer, normalize=False)),
    *(Literal("2", datatype=XSD.integer), Literal("2.5", datatype=XSD.decimal)),
    *(Literal("true", datatype=XSD.boolean), Literal("1", datatype=XSD.boolean, normalize=False)),
    *(
        Literal("2020-01-01T00:00:00Z", datatype=XSD.dateTime),
        Literal("a", datatype=XSD.normalizedString),
    ),
)
_COUNT = XSD.nonNegativeInteger


@dataclass(eq=False)
class RandomOntology:
    """Axioms and facts.

    With ``dl`` it keeps to the global restrictions of OWL 2 DL (Structural §11), that HermiT
    may read it, and to named individuals; with ``beyond`` it also says what no rule can say:
    existence, choice and absence.
    """

    seed: int
    dl: bool = False
    beyond: bool = False
    axioms: Graph = field(default_factory=Graph)
    facts: Graph = field(default_factory=Graph)

    def __post_init__(self) -> None:
        # The kind is part of the seed, so that no two kinds are of the same graphs.
        self.random = random.Random(f"{self.seed} {self.dl} {self.beyond}")
        self._count = 0
        # In DL each graph is in a vocabulary of its own, so that many can be read at once.
        own = f"{self.seed}{'b' if self.beyond else 'a'}-" if self.dl else ""
        here, elsewhere = f"{terms.MIECO}R{own}", f"{UNPUBLISHED}R{own}"
        self.classes = [URIRef(f"{here}{c}") for c in "ABCDE"] + [URIRef(f"{elsewhere}H")]
        # In DL the first two are simple, and only lower ones lead to the others.
        self.properties = [URIRef(f"{here}{p}") for p in ("p0", "p1", "p2")]
        self.properties += [URIRef(f"{elsewhere}q"), URIRef(f"{here}p4")]
        self.data_properties = [URIRef(f"{here}d{i}") for i in range(2)]
        # In DL no two are one value.
        self.literals = LITERALS[:-1] if self.dl else LITERALS
        self.individuals: list[Node] = [THINGS[f"{own}{i}"] for i in range(5)]
        self._declare()
        for _ in range(8):
            self.random.choice(self._kinds())()
        anonymous: list[Node] = [] if self.dl else [BNode("someone"), BNode("another")]
        subjects = [*self.individuals, *anonymous]
        for _ in range(12):
            self.facts.add(self._fact(subjects))

    def _declare(self) -> None:
        for each in self.classes:
            self.axioms.add((each, RDF.type, OWL.Class))
        for each in self.properties:
            self.axioms.add((each, RDF.type, OWL.ObjectProperty))
        for each in self.data_properties:
            self.axioms.add((each, RDF.type, OWL.DatatypeProperty))

    def _fact(self, subjects: list[Node]) -> tuple[Node, Node, Node]:
        pick = self.random.choice
        kind = self.random.random()
        if kind < 0.35:
            return pick(subjects), RDF.type, pick(self.classes)
        if kind < 0.8:
            return pick(subjects), pick(self.properties), pick(subjects)
        return pick(subjects), pick(self.data_properties), pick(self.literals)

    # -------------------------------------------------------------------- axioms

    def _kinds(self) -> list[Callable[[], None]]:
        return [
            *[self._subclass] * 7,
            *[self._domain, self._range, self._equivalent, self._chain] * 2,
            *(self._subproperty, self._sub_data_property, self._equivalent_property),
            *(self._inverse, self._symmetric, self._transitive, self._restricted_property),
            *(self._disjoint, self._disjoint_properties, self._functional_data, self._data_range),
            *(self._assertion, self._negative_assertion),
        ]

    def _say(self, subject: Node, predicate: Node, value: Node) -> None:
        self.axioms.add((subject, predicate, value))

    def _subclass(self) -> None:
        self._say(self.left(), RDFS.subClassOf, self.right())

    def _equivalent(self) -> None:
        self._say(self.random.choice(self.classes), OWL.equivalentClass, self.either())

    def _disjoint(self) -> None:
        if self.random.random() < 0.5:
            self._say(self.left(), OWL.disjointWith, self.left())
        else:
            axiom = self._node((RDF.type, OWL.AllDisjointClasses))
            self._say(axiom, OWL.members, self._list(self.random.sample(self.classes, 3)))

    def _domain(self) -> None:
        prop = self.random.choice([self._property(), *self.data_properties])
        self._say(prop, RDFS.domain, self.right())

    def _range(self) -> None:
        self._say(self._property(), RDFS.range, self.right())

    def _data_range(self) -> None:
        datatype = self.random.choice([XSD.string, XSD.integer, XSD.decimal, XSD.boolean])
        self._say(self.random.choice(self.data_properties), RDFS.range, datatype)

    def _subproperty(self) -> None:
        below, above = self._two_properties()
        self._say(self._perhaps_inverse(below), RDFS.subPropertyOf, above)

    def _sub_data_property(self) -> None:
        one, other = self.random.sample(self.data_properties, 2)
        self._say(one, RDFS.subPropertyOf, other)

    def _equivalent_property(self) -> None:
        one, other = self.properties[:2] if self.dl else self._two_properties()
        self._say(one, OWL.equivalentProperty, other)

    def _inverse(self) -> None:
        one, other = self.properties[:2] if self.dl else self._two_properties()
        self._say(one, OWL.inverseOf, other)

    def _symmetric(self) -> None:
        self._say(self._simple(), RDF.type, OWL.SymmetricProperty)

    def _transitive(self) -> None:
        self._say(self.random.choice(self.properties[2:]), RDF.type, OWL.TransitiveProperty)

    def _restricted_property(self) -> None:
        kinds = (OWL.FunctionalProperty, OWL.InverseFunctionalProperty)
        kinds = (*kinds, OWL.AsymmetricProperty, OWL.IrreflexiveProperty)
        self._say(self._perhaps_inverse(self._simple()), RDF.type, self.random.choice(kinds))

    def _functional_data(self) -> None:
        self._say(self.random.choice(self.data_properties), RDF.type, OWL.FunctionalProperty)

    def _disjoint_properties(self) -> None:
        one, other = self.random.sample(self.properties[: 2 if self.dl else None], 2)
        self._say(one, OWL.propertyDisjointWith, other)

    def _chain(self) -> None:
        place = self.random.randrange(2, len(self.properties))
        below = self.properties[:place] if self.dl else self.properties
        links = self.random.choices(below, k=self.random.choice([2, 2, 3]))
        chain = self._list([self._perhaps_inverse(link) for link in links])
        self._say(self.properties[place], OWL.propertyChainAxiom, chain)

    def _assertion(self) -> None:
        expression = self.right()
        if isinstance(expression, BNode):
            self._say(self.random.choice(self.individuals), RDF.type, expression)

    def _negative_assertion(self) -> None:
        said = self._node((RDF.type, OWL.NegativePropertyAssertion))
        self._say(said, OWL.sourceIndividual, self.random.choice(self.individuals))
        if self.random.random() < 0.5:
            self._say(said, OWL.assertionProperty, self.random.choice(self.properties))
            self._say(said, OWL.targetIndividual, self.random.choice(self.individuals))
        else:
            self._say(said, OWL.assertionProperty, self.random.choice(self.data_properties))
            self._say(said, OWL.targetValue, self.random.choice(self.literals))

    # ---------------------------------------------------------------- properties

    def _two_properties(self) -> tuple[URIRef, URIRef]:
        """The second one may be above the first."""
        one, other = sorted(self.random.sample(range(len(self.properties)), 2))
        if not self.dl and self.random.random() < 0.5:
            one, other = other, one
        return self.properties[one], self.properties[other]

    def _simple(self) -> URIRef:
        return self.random.choice(self.properties[: 2 if self.dl else None])

    def _perhaps_inverse(self, prop: Node) -> Node:
        if self.random.random() < 0.15:
            return self._node((OWL.inverseOf, prop))
        return prop

    def _property(self) -> Node:
        return self._perhaps_inverse(self.random.choice(self.properties))

    # --------------------------------------------------------------- expressions

    def left(self, depth: int = 2) -> Node:
        """What the rules can read off the facts."""
        if not depth or self.random.random() < 0.4:
            return self.random.choice(self.classes)
        forms = [self._some, self._some, self._at_least_one, self._and_left, self._or]
        forms += [self._value, self._data_value, self._data_value, self._some_data]
        forms += [self._self, self._one_of]
        if self.beyond:
            forms += [self._only_left, self._not_left]
        return self.random.choice(forms)(depth - 1)

    def right(self, depth: int = 2) -> Node:
        """What the rules can add, or find to be contradicted."""
        if not depth or self.random.random() < 0.4:
            return self.random.choice(self.classes)
        forms = [self._only, self._only, self._and_right, self._value, self._data_value]
        forms += [self._at_most, self._at_most_data, self._not]
        if self.random.random() < 0.3:
            forms = [self._self, self._only_of, self._nothing]
        if self.beyond:
            forms += [self._or, self._some, self._at_least_one, self._some_data]
        return self.random.choice(forms)(depth - 1)

    def either(self, depth: int = 2) -> Node:
        """What can stand on both sides."""
        if not depth or self.random.random() < 0.2:
            return self.random.choice(self.classes)
        if self.beyond:
            return self.random.choice([self.left, self.right])(depth)
        forms = [self._and_either, self._and_either, self._value, self._data_value]
        return self.random.choice(forms)(depth - 1)

    def _some(self, depth: int) -> Node:
        filler = OWL.Thing if self.random.random() < 0.2 else self.left(depth)
        return self._restriction(self._property(), (OWL.someValuesFrom, filler))

    def _some_data(self, _: int) -> Node:
        prop = self.random.choice(self.data_properties)
        kind = self.random.random()
        if kind < 0.3:
            return self._restriction(prop, (OWL.someValuesFrom, RDFS.Literal))
        if kind < 0.6:
            return self._restriction(prop, (OWL.minCardinality, Literal(1, datatype=_COUNT)))
        values = self._node((RDF.type, RDFS.Datatype))
        self._say(values, OWL.oneOf, self._list(self.random.sample(self.literals, 2)))
        return self._restriction(prop, (OWL.someValuesFrom, values))

    def _at_least_one(self, depth: int) -> Node:
        return self._counted(self._simple(), depth, 1, "min")

    def _at_most(self, depth: int) -> Node:
        return self._counted(self._simple(), depth, self.random.choice([0, 1]), "max")

    def _counted(self, prop: Node, depth: int, number: int, word: str) -> Node:
        many = Literal(number, datatype=_COUNT)
        if self.random.random() < 0.4:
            return self._restriction(prop, (OWL[f"{word}Cardinality"], many))
        return self._restriction(
            *(prop, (OWL[f"{word}QualifiedCardinality"], many)), (OWL.onClass, self.left(depth))
        )

    def _at_most_data(self, _: int) -> Node:
        many = Literal(self.random.choice([0, 1]), datatype=_COUNT)
        prop = self.random.choice(self.data_properties)
        return self._restriction(prop, (OWL.maxCardinality, many))

    def _only(self, depth: int) -> Node:
        return self._restriction(self._property(), (OWL.allValuesFrom, self.right(depth)))

    def _only_left(self, depth: int) -> Node:
        return self._restriction(self._property(), (OWL.allValuesFrom, self.left(depth)))

    def _value(self, _: int) -> Node:
        value = self.random.choice(self.individuals)
        return self._restriction(self._property(), (OWL.hasValue, value))

    def _data_value(self, _: int) -> Node:
        prop, value = self.random.choice(self.data_properties), self.random.choice(self.literals)
        return self._restriction(prop, (OWL.hasValue, value))

    def _self(self, _: int) -> Node:
        return self._restriction(self._simple(), (OWL.hasSelf, Literal(True)))

    def _and_left(self, depth: int) -> Node:
        parts = [self.left(depth) for _ in range(self.random.choice([2, 3]))]
        return self._node((RDF.type, OWL.Class), (OWL.intersectionOf, self._list(parts)))

    def _and_right(self, depth: int) -> Node:
        parts = [self.right(depth), self.right(depth)]
        return self._node((RDF.type, OWL.Class), (OWL.intersectionOf, self._list(parts)))

    def _and_either(self, depth: int) -> Node:
        parts = [self.either(depth), self.either(depth)]
        return self._node((RDF.type, OWL.Class), (OWL.intersectionOf, self._list(parts)))

    def _or(self, depth: int) -> Node:
        parts = [self.left(depth), self.left(depth)]
        return self._node((RDF.type, OWL.Class), (OWL.unionOf, self._list(parts)))

    def _not(self, depth: int) -> Node:
        return self._node((RDF.type, OWL.Class), (OWL.complementOf, self.left(depth)))

    _not_left = _not

    def _nothing(self, _: int) -> Node:
        return OWL.Nothing

    def _one_of(self, _: int) -> Node:
        some = self._list(self.random.sample(self.individuals, 2))
        return self._node((RDF.type, OWL.Class), (OWL.oneOf, some))

    def _only_of(self, _: int) -> Node:
        some = self._list(self.random.sample(self.individuals, 3))
        return self._node((RDF.type, OWL.Class), (OWL.oneOf, some))

    def _restriction(self, prop: Node, *parts: tuple[Node, Node]) -> Node:
        return self._node((RDF.type, OWL.Restriction), (OWL.onProperty, prop), *parts)

    # ------------------------------------------------------------------- in RDF

    def _node(self, *parts: tuple[Node, Node]) -> Node:
        self._count += 1
        # Of the seed too: blank nodes with the same label would become one.
        node = BNode(f"n{self.seed}x{self._count}")
        for predicate, value in parts:
            self._say(node, predicate, value)
        return node

    def _list(self, members: list[Node]) -> Node:
        self._count += 1
        head = BNode(f"l{self.seed}x{self._count}")
        Collection(self.axioms, head, members)
        return head
