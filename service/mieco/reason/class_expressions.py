"""Class expressions as parts of rules: what a member of one must fulfil, and what follows.

On the left of an axiom an expression becomes conditions, each nested one a class of its own
that is never published (flattened, they would multiply); on the right it becomes heads.  What
neither can say is told by a reason (OWL 2 Profiles §4.2 draws nearly the same line).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from mieco.errors import Text
from mieco.reason.manchester import text_of_node
from mieco.reason.rule import Atom, Rule, Test, of_iri

Body = tuple[Atom, ...]
# A rule, or why there is none.
Outcome = Rule | Text

ANNOTATION = Text("注释属性的公理没有逻辑含义", "an axiom on annotations has no logical meaning")
EXISTENCE = Text(
    "只说有这样一个个体而没有说是哪一个，规则不凭空造出个体",
    "it says that something exists, not what, and rules invent nothing",
)
CHOICE = Text(
    "只说属于其中之一而没有说是哪一个", "it says that one of several holds, without saying which"
)
COUNT = Text("需要数出不同的个体", "it needs different things to be counted")
ABSENCE = Text(
    "没有写明的不等于没有，规则不能由此推理",
    "what is not said is not thereby false, so nothing can follow from its absence",
)
VALUES = Text("数据类型的取值由形状规则检查", "values of datatypes are checked by the shapes")
EVERYTHING = Text(
    "对一切事物都成立，没有可以由此推出的事实",
    "it speaks of everything there is, not of the facts at hand",
)

# The words by which expressions are built (OWL 2 mapping §3.2.4).
_STRUCTURE = frozenset(
    {
        *(RDF.first, RDF.rest, OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.complementOf),
        *(OWL.onProperty, OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue, OWL.hasSelf),
        *(OWL.minCardinality, OWL.maxCardinality, OWL.cardinality, OWL.onClass, OWL.onDataRange),
        *(OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality, OWL.qualifiedCardinality),
        *(OWL.onDatatype, OWL.withRestrictions, OWL.datatypeComplementOf, OWL.inverseOf),
    }
)
_MIN = (OWL.minCardinality, OWL.minQualifiedCardinality)
_MAX = (OWL.maxCardinality, OWL.maxQualifiedCardinality)
_EXACTLY = (OWL.cardinality, OWL.qualifiedCardinality)


class NotInRules(Exception):
    """A part of an axiom that no rule can say."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


class UnknownForm(Exception):
    """A part of an axiom that this module has never heard of."""


class ClassExpressions:
    """Compiles the class expressions of one ontology.

    ``add`` is given the rules made for nested expressions, and reasons for parts left out.
    """

    def __init__(self, ontology: Graph, add: Callable[[Outcome], None]) -> None:
        self.ontology = ontology
        self._add = add
        self._named: dict[str, str] = {}
        self._count = 0

    def variable(self) -> str:
        """A variable that no rule has yet."""
        self._count += 1
        return f"?v{self._count}"

    def members(self, head: Node) -> list[Node]:
        """The members of a list.  Raises UnknownForm for one that is no list (RDF Schema §5.2)."""
        found, seen = [], set()
        while head != RDF.nil:
            firsts = list(self.ontology.objects(head, RDF.first))
            rests = list(self.ontology.objects(head, RDF.rest))
            if len(firsts) != 1 or len(rests) != 1 or head in seen:
                raise UnknownForm("rdf:List")
            seen.add(head)
            found.append(firsts[0])
            head = rests[0]
        return found

    def listed(self, axiom: Node) -> list[Node]:
        """The members of an axiom on several things at once."""
        members = self.ontology.value(axiom, OWL.members)
        if members is None:
            raise UnknownForm(text_of_node(self.ontology, axiom))
        return self.members(members)

    # ------------------------------------------------------------------ properties

    def related(self, prop: Node, subject: str, value: str) -> Atom:
        """``prop`` relates two terms; it may be the inverse of a property.

        Raises NotInRules for an annotation property.
        """
        if isinstance(prop, URIRef):
            if self._is_annotation(prop):
                raise NotInRules(ANNOTATION)
            return Atom(str(prop), (subject, value))
        if (inverse := self.ontology.value(prop, OWL.inverseOf)) is not None:
            return self.related(inverse, value, subject)
        raise UnknownForm(text_of_node(self.ontology, prop))

    def is_data(self, prop: Node) -> bool:
        """Is it declared as a property whose values are literals?"""
        return (prop, RDF.type, OWL.DatatypeProperty) in self.ontology

    def _is_annotation(self, prop: Node) -> bool:
        kinds = set(self.ontology.objects(prop, RDF.type))
        logical = {OWL.ObjectProperty, OWL.DatatypeProperty}
        return OWL.AnnotationProperty in kinds and not kinds & logical

    # ------------------------------------------------------------------ on the left

    def conditions(self, expression: Node, term: str) -> Body:
        """What must hold for ``term`` to be known as a member; nothing for owl:Thing.

        Raises NotInRules where no facts can show it.
        """
        if isinstance(expression, URIRef):
            if expression in (OWL.Thing, RDFS.Literal, RDFS.Resource):
                return ()
            if _is_datatype(self.ontology, expression):
                raise NotInRules(VALUES)
            return (Atom(str(expression), (term,)),)
        conjuncts = self.ontology.value(expression, OWL.intersectionOf)
        if conjuncts is not None:
            return tuple(
                atom for each in self.members(conjuncts) for atom in self.conditions(each, term)
            )
        self._check_restriction(expression)
        name = self._name(expression)
        # Made anew for each axiom that it stands in, so that each has all of its own rules.
        for member, body in self._ways(expression):
            self._add(Rule(Atom(name, (member,)), body))
        return (Atom(name, (term,)),)

    def _name(self, expression: Node) -> str:
        """The name of an anonymous class: its text, with a number where another has the same."""
        text = text_of_node(self.ontology, expression).removeprefix("(").removesuffix(")")
        structure = self._structure(expression)
        for number in itertools.count(1):
            name = f"({text})" if number == 1 else f"({text} #{number})"
            if self._named.setdefault(name, structure) == structure:
                return name
        raise AssertionError("unreachable")

    def _structure(self, node: Node) -> str:
        """What an expression is made of, with nothing shortened."""
        if not isinstance(node, BNode):
            return constant(node)
        parts = sorted(
            f"{prop} {self._structure(value)}"
            for prop, value in self.ontology.predicate_objects(node)
            if prop in _STRUCTURE
        )
        return f"[{'; '.join(parts)}]" if parts else f"_:{node}"

    def _ways(self, expression: Node) -> list[tuple[str, Body]]:
        """(member, conditions) for each way in which a member can be known."""
        graph = self.ontology
        x, y = self.variable(), self.variable()
        if (disjuncts := graph.value(expression, OWL.unionOf)) is not None:
            return list(self._alternatives(disjuncts, x))
        if (individuals := graph.value(expression, OWL.oneOf)) is not None:
            return [(constant(each), ()) for each in self.members(individuals)]
        if (prop := graph.value(expression, OWL.onProperty)) is None:
            if graph.value(expression, OWL.complementOf) is not None:
                raise NotInRules(ABSENCE)
            self._check_form(expression)
            raise NotInRules(VALUES)
        if (value := graph.value(expression, OWL.hasValue)) is not None:
            return [(x, (self.related(prop, x, constant(value)),))]
        if (filler := graph.value(expression, OWL.someValuesFrom)) is not None:
            return [(x, (self.related(prop, x, y), *self.conditions(filler, y)))]
        if graph.value(expression, OWL.hasSelf) is not None:
            return [(x, (self.related(prop, x, x),))]
        if (at_least := self._number(expression, _MIN)) is not None:
            if at_least != 1:
                raise NotInRules(COUNT if at_least else EVERYTHING)
            return [(x, (self.related(prop, x, y), *self.conditions(self._filler(expression), y)))]
        self._check_form(expression)
        raise NotInRules(ABSENCE)

    def _alternatives(self, disjuncts: Node, term: str) -> Iterator[tuple[str, Body]]:
        """The disjuncts that facts can show; the others are left out, with their reasons."""
        for disjunct in self.members(disjuncts):
            try:
                body = self.conditions(disjunct, term)
            except NotInRules as no:
                self._add(no.reason)
            else:
                if body:
                    yield term, body
                else:
                    self._add(EVERYTHING)

    # ----------------------------------------------------------------- on the right

    def consequences(
        self, body: Body, expression: Node, term: str, tests: tuple[Test, ...] = ()
    ) -> Iterator[Outcome]:
        """The rules by which ``term``, where the body holds, is a member; reasons for the rest."""
        graph = self.ontology
        if isinstance(expression, URIRef):
            yield from self._named_consequence(body, expression, term, tests)
        elif (conjuncts := graph.value(expression, OWL.intersectionOf)) is not None:
            for each in self.members(conjuncts):
                yield from self.consequences(body, each, term, tests)
        elif graph.value(expression, OWL.unionOf) is not None:
            yield CHOICE
        elif (individuals := graph.value(expression, OWL.oneOf)) is not None:
            values = tuple(constant(each) for each in self.members(individuals))
            yield Rule(None, body, (*tests, Test("not in", (term,), values)))
        elif (negated := graph.value(expression, OWL.complementOf)) is not None:
            yield from self._contradiction(body, [(negated, term)], tests)
        elif (prop := graph.value(expression, OWL.onProperty)) is not None:
            yield from self._restriction(body, expression, prop, term, tests)
        else:
            self._check_form(expression)
            yield VALUES

    def _named_consequence(
        self, body: Body, named: URIRef, term: str, tests: tuple[Test, ...]
    ) -> Iterator[Outcome]:
        if named == OWL.Nothing:
            yield Rule(None, body, tests)
        elif named in (OWL.Thing, RDFS.Resource, RDFS.Literal):
            yield EVERYTHING
        elif _is_datatype(self.ontology, named):
            yield VALUES
        else:
            yield Rule(Atom(str(named), (term,)), body, tests)

    def _contradiction(
        self, body: Body, further: Iterable[tuple[Node, str]], tests: tuple[Test, ...]
    ) -> Iterator[Outcome]:
        try:
            more = [atom for each, term in further for atom in self.conditions(each, term)]
        except NotInRules as no:
            yield no.reason
        else:
            yield Rule(None, (*body, *more), tests)

    def _restriction(
        self, body: Body, expression: Node, prop: Node, term: str, tests: tuple[Test, ...]
    ) -> Iterator[Outcome]:
        graph = self.ontology
        self._check_restriction(expression)
        y, z = self.variable(), self.variable()
        if (value := graph.value(expression, OWL.hasValue)) is not None:
            yield Rule(self.related(prop, term, constant(value)), body, tests)
        elif graph.value(expression, OWL.hasSelf) is not None:
            yield Rule(self.related(prop, term, term), body, tests)
        elif (filler := graph.value(expression, OWL.allValuesFrom)) is not None:
            yield from self.consequences((*body, self.related(prop, term, y)), filler, y, tests)
        elif graph.value(expression, OWL.someValuesFrom) is not None:
            yield EXISTENCE
        else:
            known = False
            if self._number(expression, (*_MIN, *_EXACTLY)) is not None:
                known = True
                yield EXISTENCE
            if (at_most := self._number(expression, (*_MAX, *_EXACTLY))) is not None:
                known = True
                filler = self._filler(expression)
                if at_most == 0:
                    more = (*body, self.related(prop, term, y))
                    yield from self._contradiction(more, [(filler, y)], tests)
                elif at_most == 1:
                    # One thing under two names is not thought of: names are unique here.
                    more = (*body, self.related(prop, term, y), self.related(prop, term, z))
                    differ = (*tests, Test("differ", (y, z)))
                    yield from self._contradiction(more, [(filler, y), (filler, z)], differ)
                else:
                    yield COUNT
            if not known:
                raise UnknownForm(text_of_node(graph, expression))

    # --------------------------------------------------------------------- details

    def _number(self, expression: Node, predicates: Iterable[URIRef]) -> int | None:
        for predicate in predicates:
            value = self.ontology.value(expression, predicate)
            if isinstance(value, RdfLiteral):
                return int(value)
        return None

    def _check_restriction(self, expression: Node) -> None:
        """Raises UnknownForm for a restriction on several properties, or on nothing."""
        selves = set(self.ontology.objects(expression, OWL.hasSelf))
        properties = set(self.ontology.objects(expression, OWL.onProperty))
        if len(properties) > 1 or any(str(value) != "true" for value in selves):
            raise UnknownForm(text_of_node(self.ontology, expression))

    def _filler(self, expression: Node) -> Node:
        on_class = self.ontology.value(expression, OWL.onClass)
        return on_class or self.ontology.value(expression, OWL.onDataRange) or OWL.Thing

    def _check_form(self, expression: Node) -> None:
        """Raises UnknownForm for what is neither a class expression nor a data range."""
        forms = (
            *(OWL.onDatatype, OWL.datatypeComplementOf, OWL.oneOf, OWL.allValuesFrom),
            *(*_MAX, *_EXACTLY),
        )
        if not any(self.ontology.value(expression, form) is not None for form in forms):
            raise UnknownForm(text_of_node(self.ontology, expression))


def constant(node: Node) -> str:
    """An individual or a literal as a constant of a rule."""
    if isinstance(node, RdfLiteral):
        return _as_stored(node)
    return of_iri(str(node)) if isinstance(node, URIRef) else f"_:{node}"


def _as_stored(node: RdfLiteral) -> str:
    """A literal as the store writes it, which makes 05 a 5."""
    store = Store()
    some = NamedNode("urn:some")
    datatype = NamedNode(str(node.datatype)) if node.datatype else None
    store.add(Quad(some, some, Literal(str(node), language=node.language, datatype=datatype)))
    return str(next(iter(store)).object)


def _is_datatype(ontology: Graph, named: URIRef) -> bool:
    return named.startswith(str(XSD)) or (named, None, RDFS.Datatype) in ontology
