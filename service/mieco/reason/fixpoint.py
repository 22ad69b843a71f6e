"""All that follows from some facts by some rules.

Strata one after the other; within a recursive one semi-naively: each round joins what the
last one found with everything known (Abiteboul, Hull, Vianu, Foundations of Databases, 13.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from pyoxigraph import Literal, NamedNode

from mieco.reason.datatypes import is_of, is_same_number
from mieco.reason.dictionary import Dictionary, Numbers
from mieco.reason.facts import (
    HALF,
    NONE,
    Facts,
    Mask,
    contains,
    distinct,
    no_literals,
    union,
    without,
)
from mieco.reason.join import Joiner, Relation, Table
from mieco.reason.ntriples import term_of
from mieco.reason.rule import (
    OWL_THING,
    RDFS_LITERAL,
    Atom,
    Rule,
    Test,
    is_variable,
    shared_variables,
)
from mieco.reason.strata import Stratum, strata
from mieco.terms import XSD

# So many instances of a contradiction are told.
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A rule without a head whose body holds.

    ``keys`` tells each of its instances from all others, in every release; ``fresh`` counts
    those that were not known before, and ``instances`` has the terms of the first of them.
    """

    rule: Rule
    keys: frozenset[str]
    fresh: int
    instances: tuple[Mapping[str, str], ...]


class Fixpoint:
    """The facts asserted and those that follow from them, as rules are run."""

    def __init__(self, asserted: Facts, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._relations: dict[tuple[str, int], Relation] = {
            **{(name, 1): Relation(found) for name, found in asserted.classes.items()},
            **{(name, 2): Relation(found) for name, found in asserted.properties.items()},
        }
        self._joiner = Joiner(self._number, self._check, self._make)

    def run(self, rules: Sequence[Rule]) -> None:
        """Adds all that follows."""
        for stratum in strata(rules):
            self._run(stratum)

    def facts(self) -> Facts:
        """Everything asserted or inferred, anonymous classes included."""
        made = Facts()
        for (name, arity), relation in self._relations.items():
            if len(relation):
                (made.classes if arity == 1 else made.properties)[name] = relation.facts
        return made

    def contradictions(
        self, rules: Sequence[Rule], known: frozenset[str] = frozenset()
    ) -> Iterator[Contradiction]:
        """The rules without a head whose body holds, and for what.

        ``known`` are the keys of instances that are not news.
        """
        for rule in rules:
            wanted = sorted(frozenset().union(*(atom.variables for atom in rule.body)))
            body = [(atom, self._relation(atom)) for atom in rule.body]
            if all(len(relation) for _, relation in body):
                found = self._joiner.solve(body, rule.tests, wanted)
                if found.rows:
                    yield self._contradiction(rule, found, known)

    def _contradiction(self, rule: Rule, table: Table, known: frozenset[str]) -> Contradiction:
        columns = [
            [term.decode() for term in self._dictionary.terms(column)]
            for column in table.columns.values()
        ]
        rows = zip(*columns, strict=True) if columns else iter([()])
        by_key = {_digest(rule, row): dict(zip(table.columns, row, strict=True)) for row in rows}
        fresh = [terms for key, terms in by_key.items() if key not in known]
        return Contradiction(rule, frozenset(by_key), len(fresh), tuple(fresh[:_MOST_SHOWN]))

    # -------------------------------------------------------------------- rounds

    def _run(self, stratum: Stratum) -> None:
        fresh = self._added(self._derived(rule, None) for rule in stratum.rules)
        while stratum.recursive and fresh:
            fresh = self._added(
                self._derived(rule, (place, fresh[_key(atom)]))
                for rule in stratum.rules
                for place, atom in enumerate(rule.body)
                if _key(atom) in fresh
            )

    def _added(self, derived: Iterator[tuple[Atom, Numbers]]) -> dict[tuple[str, int], Relation]:
        """Takes up what was derived; gives what of it is new, by predicate."""
        by_predicate: dict[tuple[str, int], list[Numbers]] = {}
        for head, numbers in derived:
            if len(numbers):
                by_predicate.setdefault(_key(head), []).append(numbers)
        fresh = {}
        for key, parts in by_predicate.items():
            known = self._relations[key].facts if key in self._relations else NONE
            new = without(distinct(np.concatenate(parts)), known)
            if len(new):
                self._relations[key] = Relation(union(known, new))
                fresh[key] = Relation(new)
        return fresh

    def _derived(self, rule: Rule, delta: tuple[int, Relation] | None) -> tuple[Atom, Numbers]:
        """What a rule gives; with a delta, at least one atom of its body is matched in that."""
        head = rule.head
        if head is None:
            raise ValueError(f"a rule without a head cannot be run: {rule}")
        body = [(atom, self._relation(atom)) for atom in rule.body]
        first = None
        if delta is not None:
            first, relation = delta
            body[first] = (body[first][0], relation)
        if not all(len(relation) for _, relation in body):
            return head, NONE
        shared = {_shared(rule, group) for group in rule.unless}
        table = self._joiner.solve(body, rule.tests, head.variables | shared, first)
        for group in rule.unless:
            table = self._except(table, group, _shared(rule, group))
        if not table.rows:
            return head, NONE
        columns = [self._head_column(table, term) for term in head.arguments]
        # Nothing is said of a literal (RDF 1.1 Concepts §3.1), but an enumeration may have some.
        sound = no_literals(columns[0]) | np.bool_(head.is_anonymous)
        if len(columns) == 1:
            return head, columns[0][sound]
        return head, (columns[0] << HALF | columns[1])[sound]

    def _except(self, table: Table, group: Sequence[Atom], shared: str) -> Table:
        """The rows of which some atoms do not hold together."""
        body = [(atom, self._relation(atom)) for atom in group]
        if not table.rows or not all(len(relation) for _, relation in body):
            return table
        found = self._joiner.solve(body, (), {shared})
        return table.where(~contains(found.columns[shared], table.columns[shared]))

    def _head_column(self, table: Table, term: str) -> Numbers:
        if is_variable(term):
            return table.columns[term]
        return np.full(table.rows, self._number(term), np.uint64)

    def _relation(self, atom: Atom) -> Relation:
        return self._relations.get(_key(atom), _EMPTY)

    # --------------------------------------------------------------------- tests

    def _number(self, constant: str) -> int:
        return self._dictionary.number(constant.encode())

    def _check(self, test: Test, columns: Sequence[Numbers]) -> Mask:
        if test.kind == "differ":
            return self._differ(columns[0], columns[1])
        if test.kind == "not a":
            return self._not_a(test.values[0], columns[0])
        values = distinct(np.array([self._number(v) for v in test.values], np.uint64))
        found = contains(values, columns[0])
        return found if test.kind == "in" else ~found

    def _differ(self, one: Numbers, other: Numbers) -> Mask:
        """Whether two terms are two things; 1 and 1.0 are one value (OWL 2 Structural §4.1)."""
        differ: Mask = one != other
        for row in np.flatnonzero(differ & ~no_literals(one) & ~no_literals(other)):
            pair = self._dictionary.terms(np.array([one[row], other[row]], np.uint64))
            differ[row] = not is_same_number(*map(term_of, pair))
        return differ

    def _not_a(self, kind: str, column: Numbers) -> Mask:
        """Whether each number is *not* of a kind; of a thing, datatypes have nothing to say."""
        literal = ~no_literals(column)
        if kind in (OWL_THING, RDFS_LITERAL):
            return literal if kind == OWL_THING else ~literal
        values = distinct(column[literal])
        good = [_is_of(term, kind) for term in self._dictionary.terms(values)]
        return literal & ~contains(values[np.array(good, bool)], column)

    def _make(self, column: Numbers) -> tuple[Mask, Numbers]:
        """The IRIs that some literals spell (SPARQL 1.1 §17.4.2.8); those that spell none fail."""
        values = distinct(column)
        made = np.array(
            [_iri(term, self._dictionary) for term in self._dictionary.terms(values)], np.int64
        )
        numbers = made[np.searchsorted(values, column)]
        good = numbers >= 0
        return good, numbers[good].astype(np.uint64)


_EMPTY = Relation(NONE)
_XSD_STRING = XSD + "string"


def _shared(rule: Rule, group: Sequence[Atom]) -> str:
    """The variable by which what is excluded hangs together with the body."""
    (shared,) = shared_variables(rule.body, group)
    return shared


def _digest(rule: Rule, terms: Sequence[str]) -> str:
    return blake2b("\n".join((str(rule), *terms)).encode(), digest_size=12).hexdigest()


def _key(atom: Atom) -> tuple[str, int]:
    return atom.predicate, len(atom.arguments)


def _is_of(text: bytes, datatype: str) -> bool:
    term = term_of(text)
    return isinstance(term, Literal) and is_of(term, datatype)


def _iri(text: bytes, dictionary: Dictionary) -> int:
    """The number of the IRI that a term is or spells; -1 if it is none."""
    term = term_of(text)
    if isinstance(term, NamedNode):
        return dictionary.number(text)
    if not isinstance(term, Literal) or term.datatype.value != _XSD_STRING:
        return -1
    try:
        return dictionary.number(str(NamedNode(term.value)).encode())
    except ValueError:
        return -1
