"""Why an inferred fact holds: one derivation, down to asserted facts.

Each rule is turned around into a query for premises with its head given.  The search allows
one step, then two, and so on, so that it finds a low derivation, which has no circles in it.
At each step it looks at the first few instances of a rule only, so a lower one may exist.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mieco.errors import DeadlineExceeded
from mieco.reason.ntriples import term_of, text_of
from mieco.reason.rule import Atom, Axiom, Rule, renamed
from mieco.reason.ruleset import RuleSet
from mieco.reason.sparql import graphs_of, instances, records_of
from mieco.reason.unfold import Unfolded, unifier
from mieco.stores import Term
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, QUESTIONS_GRAPH, RDF_TYPE, SHAPES_GRAPH

# Rows of a SELECT query; a variable that is unbound is absent.
Select = Callable[[str], Sequence[Mapping[str, Term]]]

# At first so many instances of each rule are looked at; if they lead nowhere, so many.
_FEW, _MANY = 3, 500
_HIGHEST = 150
_NOT_ASSERTED = (SHAPES_GRAPH, QUESTIONS_GRAPH, CATALOGUE_GRAPH)


@dataclass(frozen=True, slots=True)
class Source:
    """A row that describes the subject of a fact, and the source that it was read from (IRIs)."""

    record: str
    source: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """A fact and what it rests on.

    An asserted one has the ``graphs`` (IRIs) that hold it and its ``sources``; an inferred
    one the ``axiom``, the ``rule`` that it became and the ``premises``.  A fact that is used
    more than once is explained where it comes first and is ``repeated`` later, without its
    premises: written out each time, what hangs together could grow beyond all bounds.
    """

    fact: Triple
    graphs: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    axiom: Axiom | None = None
    rule: Rule | None = None
    premises: tuple[Derivation, ...] = ()
    repeated: bool = False

    @property
    def is_asserted(self) -> bool:
        return self.axiom is None

    def leaves(self) -> Iterator[Derivation]:
        """The asserted facts at the bottom, each as often as it is used."""
        if self.is_asserted:
            yield self
        for premise in self.premises:
            yield from premise.leaves()


class Explainer:
    """Explains the facts of one release; ``rules`` are those that it was inferred with."""

    def __init__(self, rules: RuleSet) -> None:
        self._unfolded = Unfolded(rules)

    def why(self, fact: Triple, select: Select, *, seconds: float) -> Derivation | None:
        """One derivation of a fact; ``None`` if it is neither asserted nor follows.

        Raises :class:`~mieco.errors.DeadlineExceeded`.
        """
        search = _Search(self._unfolded, select, seconds)
        found = search.derivation(fact)
        return search.with_sources([found])[0] if found else None

    def premises(self, rule: Rule, select: Select, *, seconds: float) -> list[Derivation]:
        """Derivations of facts for which the body of a rule holds; none if it does not."""
        search = _Search(self._unfolded, select, seconds)
        return search.with_sources(search.premises(rule))


@dataclass(frozen=True, slots=True)
class _Instance:
    """A rule of an axiom, and the facts that its body becomes with terms for its variables."""

    rule: Rule
    axiom: Axiom
    premises: tuple[Triple, ...]


class _Search:
    def __init__(self, unfolded: Unfolded, select: Select, seconds: float) -> None:
        self._unfolded = unfolded
        self._select = select
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._graphs: dict[Triple, tuple[str, ...]] = {}
        self._inferred: set[Triple] = set()
        self._ways: dict[tuple[Triple, int], list[_Instance]] = {}
        self._known: dict[Triple, Derivation] = {}
        # Up to which height a fact, with so many instances looked at, has no derivation.
        self._failed: dict[tuple[Triple, int], int] = {}

    def _ask(self, text: str) -> Sequence[Mapping[str, Term]]:
        if time.monotonic() > self._deadline:
            raise DeadlineExceeded(seconds=self._seconds)
        return self._select(text)

    # -------------------------------------------------------------------- derivations

    def derivation(self, fact: Triple) -> Derivation | None:
        """The lowest derivation of a fact; ``None`` for what the release does not hold."""
        self._look_up([fact])
        if not self._graphs[fact] and fact not in self._inferred:
            return None
        for most in (_FEW, _MANY):
            for height in range(_HIGHEST):
                if found := self._within(height, fact, most):
                    return found
        return None

    def premises(self, rule: Rule) -> list[Derivation]:
        """Derivations of the facts in the first instance of a rule's body."""
        arguments = [argument for atom in rule.body for argument in atom.arguments]
        if any(argument.startswith("_:") for argument in arguments):
            # No query can name a blank node.
            return [Derivation(_triple(atom)) for atom in rule.body if not atom.is_anonymous]
        forms = list(self._unfolded.forms(rule))
        for row in self._ask(instances(forms, 1)) if forms else ():
            return self._derivations(_facts(forms, row))
        if not any(argument.startswith("?") for argument in arguments):
            # A query takes the word of an ill-typed literal for its type; inference does not.
            return self._derivations([_triple(atom) for atom in rule.body])
        return []

    def _derivations(self, facts: Sequence[Triple]) -> list[Derivation]:
        found = [self.derivation(fact) for fact in facts]
        return [each or Derivation(fact) for each, fact in zip(found, facts, strict=True)]

    def _within(self, height: int, fact: Triple, most: int) -> Derivation | None:
        """A derivation of a fact in so many steps at most."""
        if fact in self._known:
            return self._known[fact]
        if self._failed.get((fact, most), -1) >= height:
            return None
        self._look_up([fact])
        if graphs := self._graphs[fact]:
            found: Derivation | None = Derivation(fact, graphs)
        elif _has_blank_node(fact):
            # No query can name a blank node, so this is as far as it goes.
            found = Derivation(fact)
        elif height == 0:
            found = None
        else:
            ways = (
                self._by(instance, fact, height, most) for instance in self._instances(fact, most)
            )
            found = next(filter(None, ways), None)
        if found:
            self._known[fact] = found
        else:
            self._failed[fact, most] = height
        return found

    def _by(self, instance: _Instance, fact: Triple, height: int, most: int) -> Derivation | None:
        premises = []
        for premise in instance.premises:
            found = self._within(height - 1, premise, most)
            if found is None:
                return None
            premises.append(found)
        return Derivation(fact, axiom=instance.axiom, rule=instance.rule, premises=tuple(premises))

    def _instances(self, fact: Triple, most: int) -> list[_Instance]:
        """The ways in which a fact can follow in one step, the best supported first."""
        if (fact, most) in self._ways:
            return self._ways[fact, most]
        wanted = _atom(fact)
        bound = [
            (renamed(rule, names), rule, axiom)
            for rule, axiom in self._unfolded.giving(wanted.predicate)
            if rule.head is not None and (names := unifier(rule.head, wanted)) is not None
        ]
        asked = [rule for rule, _, _ in bound]
        found = []
        for row in self._ask(instances(asked, most)) if bound else ():
            _, rule, axiom = bound[_place(row, "rule")]
            found.append(_Instance(rule, axiom, _facts(asked, row)))
        self._look_up([fact for instance in found for fact in instance.premises])
        self._ways[fact, most] = sorted(found, key=self._cost)
        return self._ways[fact, most]

    def _cost(self, instance: _Instance) -> tuple[int, int]:
        inferred = sum(not self._graphs[fact] for fact in instance.premises)
        return inferred, len(instance.premises)

    # ------------------------------------------------------------------ where asserted

    def _look_up(self, facts: Sequence[Triple]) -> None:
        """Finds the graphs in which facts are asserted."""
        unknown = [f for f in dict.fromkeys(facts) if f not in self._graphs]
        self._graphs.update(dict.fromkeys(unknown, ()))
        named = [fact for fact in unknown if not _has_blank_node(fact)]
        for start in range(0, len(named), _MANY):
            part = named[start : start + _MANY]
            for row in self._ask(graphs_of(part)):
                self._note(part[_place(row, "place")], _name(row["graph"]))

    def _note(self, fact: Triple, graph: str) -> None:
        if graph == INFERRED_GRAPH:
            self._inferred.add(fact)
        elif graph not in _NOT_ASSERTED:
            self._graphs[fact] = (*self._graphs[fact], graph)

    def with_sources(self, derivations: Sequence[Derivation]) -> list[Derivation]:
        """The derivations, each fact explained once, with the sources of asserted facts."""
        derivations = [_once(each, set()) for each in derivations]
        things = {leaf.fact.subject for each in derivations for leaf in each.leaves()}
        iris = sorted(thing.value for thing in things if isinstance(thing, NamedNode))
        sources: dict[str, list[Source]] = {}
        for row in self._ask(records_of(iris)) if iris else ():
            source = Source(_name(row["record"]), _name(row["source"]))
            sources.setdefault(_name(row["thing"]), []).append(source)
        return [_sourced(each, sources) for each in derivations]


def _place(row: Mapping[str, Term], name: str) -> int:
    place = row[name]
    if not isinstance(place, Literal):
        raise TypeError(f"?{name} is no number: {place}")
    return int(place.value)


def _facts(asked: Sequence[Rule], row: Mapping[str, Term]) -> tuple[Triple, ...]:
    """What the body of the rule of a row becomes with the terms of the row."""
    names = {f"?{name}": text_of(term) for name, term in row.items()}
    body = renamed(asked[_place(row, "rule")], names).body
    return tuple(dict.fromkeys(map(_triple, body)))


def _once(derivation: Derivation, told: set[Triple]) -> Derivation:
    if derivation.is_asserted:
        return derivation
    if derivation.fact in told:
        return replace(derivation, premises=(), repeated=bool(derivation.premises))
    told.add(derivation.fact)
    return replace(derivation, premises=tuple(_once(each, told) for each in derivation.premises))


def _sourced(derivation: Derivation, sources: Mapping[str, Sequence[Source]]) -> Derivation:
    if derivation.is_asserted:
        subject = derivation.fact.subject
        found = sources.get(subject.value, ()) if isinstance(subject, NamedNode) else ()
        return replace(derivation, sources=tuple(sorted(found, key=lambda s: (s.source, s.record))))
    premises = tuple(_sourced(premise, sources) for premise in derivation.premises)
    return replace(derivation, premises=premises)


def _name(term: Term) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _has_blank_node(fact: Triple) -> bool:
    return isinstance(fact.subject, BlankNode) or isinstance(fact.object, BlankNode)


def _atom(fact: Triple) -> Atom:
    if fact.predicate.value == RDF_TYPE and isinstance(fact.object, NamedNode):
        return Atom(fact.object.value, (str(fact.subject),))
    return Atom(fact.predicate.value, (str(fact.subject), text_of(fact.object)))


def _triple(atom: Atom) -> Triple:
    subject, *rest = (term_of(argument.encode()) for argument in atom.arguments)
    if isinstance(subject, Literal | Triple):
        raise TypeError(f"{subject} cannot be a subject")
    if not rest:
        return Triple(subject, NamedNode(RDF_TYPE), NamedNode(atom.predicate))
    return Triple(subject, NamedNode(atom.predicate), rest[0])
