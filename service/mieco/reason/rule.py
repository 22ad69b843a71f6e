"""Horn rules: what follows from what.

A term is text: ``?x`` is a variable, anything else a constant as N-Triples writes it.  A
predicate is the IRI of a class (one argument) or of a property (two); one in parentheses is
an anonymous class expression, and its members are never published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mieco.errors import Text
from mieco.present.names import compact

OWL_THING: Final = "http://www.w3.org/2002/07/owl#Thing"
RDFS_LITERAL: Final = "http://www.w3.org/2000/01/rdf-schema#Literal"

# "in" and "not in" test a term against constants; "not a" tests for a literal that is not of
# a datatype, for a literal (owl:Thing) or for what is none (rdfs:Literal); "differ" tests two
# terms; "iri" gives its second argument, the IRI that the first spells (SPARQL 1.1
# §17.4.2.8).
TestKind = Literal["in", "not in", "not a", "differ", "iri"]


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate and its one or two arguments."""

    predicate: str
    arguments: tuple[str, ...]

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(a for a in self.arguments if is_variable(a))

    @property
    def is_anonymous(self) -> bool:
        return self.predicate.startswith("(")

    def __str__(self) -> str:
        name = self.predicate if self.is_anonymous else compact(self.predicate)
        return f"{name}({', '.join(map(_short, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on terms; ``values`` are its constants."""

    kind: TestKind
    arguments: tuple[str, ...]
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        first, second = (_short(self.arguments[0]), _short(self.arguments[-1]))
        match self.kind:
            case "differ":
                return f"{first} ≠ {second}"
            case "iri":
                return f"{second} = IRI({first})"
            case "not a":
                return f"{first} not a {compact(self.values[0])}"
        return f"{first} {self.kind} {{{', '.join(map(_short, self.values))}}}"


@dataclass(frozen=True, slots=True)
class Rule:
    """The head follows where the whole body holds; with no head the body is a contradiction.

    ``unless`` are groups of atoms of which none may hold.  Each shares one variable with the
    body, and none is of what the head leads to: see :mod:`mieco.reason.strata`.
    """

    head: Atom | None
    body: tuple[Atom, ...]
    tests: tuple[Test, ...] = ()
    unless: tuple[tuple[Atom, ...], ...] = ()

    def __str__(self) -> str:
        head = str(self.head) if self.head else "⊥"
        excluded = (f"not ({', '.join(map(str, group))})" for group in self.unless)
        parts = (*map(str, (*self.body, *self.tests)), *excluded)
        return f"{head} ← {', '.join(parts)}".rstrip(" ←")

    @property
    def reads(self) -> frozenset[str]:
        """The predicates on which the rule rests, those that must not hold among them."""
        return frozenset(atom.predicate for atom in self.body).union(self.excludes)

    @property
    def excludes(self) -> frozenset[str]:
        """The predicates of what must not hold."""
        return frozenset(atom.predicate for group in self.unless for atom in group)

    @property
    def terms(self) -> list[str]:
        """All terms, in the order in which they occur."""
        atoms = ((self.head,) if self.head else ()) + self.body
        found = [a for atom in atoms for a in atom.arguments]
        found += [a for test in self.tests for a in test.arguments]
        return found + [a for group in self.unless for atom in group for a in atom.arguments]


def is_variable(term: str) -> bool:
    return term.startswith("?")


def shared_variables(body: Iterable[Atom], group: Iterable[Atom]) -> frozenset[str]:
    """The variables that stand in both."""
    one, other = (frozenset().union(*(a.variables for a in atoms)) for atoms in (body, group))
    return one & other


def of_iri(iri: str) -> str:
    """An IRI as a constant of a rule."""
    return f"<{iri}>"


def renamed(rule: Rule, names: Mapping[str, str]) -> Rule:
    """A rule with some terms in the place of variables."""

    def atom(each: Atom) -> Atom:
        return Atom(each.predicate, tuple(names.get(a, a) for a in each.arguments))

    return Rule(
        head=atom(rule.head) if rule.head else None,
        body=tuple(map(atom, rule.body)),
        tests=tuple(
            Test(t.kind, tuple(names.get(a, a) for a in t.arguments), t.values) for t in rule.tests
        ),
        unless=tuple(tuple(map(atom, group)) for group in rule.unless),
    )


def tidied(rule: Rule) -> Rule:
    """The same rule with variables named ?x, ?y, ?z, … in the order in which they occur."""
    names: dict[str, str] = {}
    for term in dict.fromkeys(filter(is_variable, rule.terms)):
        place = len(names)
        names[term] = f"?{'xyzuvw'[place]}" if place < 6 else f"?v{place}"  # noqa: PLR2004
    return renamed(rule, names)


@dataclass(frozen=True, slots=True)
class Axiom:
    """What rules were made from: an axiom of OWL, or what stands beside them in its place.

    ``kind`` is the name that OWL 2 gives it; "Query" is a file of ``queries/rules/``, and
    "Classification" a subclass axiom that HermiT has inferred.  ``text`` is Manchester-like,
    ``about`` the IRIs of the terms that it is on; ``reasons`` say what of it is in no rule.
    """

    kind: str
    text: str
    about: tuple[str, ...]
    rules: tuple[Rule, ...]
    reasons: tuple[Text, ...] = ()


def _short(term: str) -> str:
    return compact(term[1:-1]) if term.startswith("<") else term
