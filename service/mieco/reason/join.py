"""The body of a rule against arrays of facts: one atom after the other, from the smallest.

After each step the columns that nothing needs any more are dropped and repeated rows with
them, so that a table never grows with what does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from mieco.reason.dictionary import Numbers
from mieco.reason.facts import HALF, LOW, NONE, Mask, contains, distinct
from mieco.reason.rule import Atom, Test, is_variable

Check = Callable[[Test, Sequence[Numbers]], Mask]
Make = Callable[[Numbers], tuple[Mask, Numbers]]


class Relation:
    """The facts of one predicate, sorted, and turned around where that is asked for."""

    def __init__(self, facts: Numbers) -> None:
        self.facts = facts
        self._inverse: Numbers | None = None

    def __len__(self) -> int:
        return len(self.facts)

    @property
    def inverse(self) -> Numbers:
        """Pairs as (value, subject)."""
        if self._inverse is None:
            self._inverse = np.sort(self.facts << HALF | self.facts >> HALF)
        return self._inverse


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers, a column for each variable; one row and no column is "yes"."""

    rows: int
    columns: dict[str, Numbers]

    def where(self, mask: Mask) -> Table:
        return Table(int(mask.sum()), {name: c[mask] for name, c in self.columns.items()})

    def keep(self, wanted: Collection[str]) -> Table:
        """Only some columns, each row once."""
        columns = {name: c for name, c in self.columns.items() if name in wanted}
        if len(columns) == len(self.columns):
            return self
        if not columns:
            return Table(min(self.rows, 1), {})
        return _once(columns)


def _once(columns: dict[str, Numbers]) -> Table:
    names = list(columns)
    if len(names) == 1:
        found = distinct(columns[names[0]])
        return Table(len(found), {names[0]: found})
    if len(names) == 2:  # noqa: PLR2004
        pairs = distinct(columns[names[0]] << HALF | columns[names[1]])
        return Table(len(pairs), {names[0]: pairs >> HALF, names[1]: pairs & LOW})
    order = np.lexsort([columns[name] for name in names])
    ordered = {name: columns[name][order] for name in names}
    first = np.zeros(len(order), bool)
    first[:1] = True
    for column in ordered.values():
        first[1:] |= column[1:] != column[:-1]
    return Table(int(first.sum()), {name: c[first] for name, c in ordered.items()})


YES = Table(1, {})


@dataclass(frozen=True, slots=True)
class Joiner:
    """Solves bodies; ``number`` gives the number of a constant, ``check`` and ``make`` do tests."""

    number: Callable[[str], int]
    check: Check
    make: Make

    def solve(
        self,
        body: Sequence[tuple[Atom, Relation]],
        tests: Sequence[Test],
        wanted: Collection[str],
        first: int | None = None,
    ) -> Table:
        """The values of the wanted variables for which the body holds, each row once.

        ``first`` is the place of the atom to begin with.
        """
        # A body may have no atom: what an axiom says of one individual.
        table, open_tests = self._tested(YES, list(tests))
        left, place = list(body), first
        while left and table.rows:
            if place is None:
                costs = [self._cost(*each, table) for each in left]
                place = costs.index(min(costs))
            atom, relation = left.pop(place)
            place = None
            table = self._step(table, atom, relation)
            table, open_tests = self._tested(table, open_tests)
            needed = {*wanted}.union(*(a.variables for a, _ in left))
            table = table.keep(needed.union(*(t.arguments for t in open_tests)))
        return table if table.rows else Table(0, dict.fromkeys(wanted, NONE))

    def _cost(self, atom: Atom, relation: Relation, table: Table) -> tuple[int, int]:
        """Lower is earlier: what only filters, what is connected, what is apart."""
        unknown = atom.variables - table.columns.keys()
        if not unknown:
            return (0, len(relation))
        if any(not is_variable(a) for a in atom.arguments):
            found = self._with_constant(atom, relation)
            return (1, len(found))
        connected = bool(atom.variables & table.columns.keys()) or not table.columns
        return (1 if connected else 2, len(relation))

    def _with_constant(self, atom: Atom, relation: Relation) -> Numbers:
        """What stands in the other place of a pair with one constant."""
        subject, value = atom.arguments
        pairs = relation.inverse if is_variable(subject) else relation.facts
        key = np.uint64(self.number(value if is_variable(subject) else subject)) << HALF
        start, end = np.searchsorted(pairs, [key, key | LOW])
        end += end < len(pairs) and pairs[end] == key | LOW
        return pairs[start:end] & LOW

    def _column(self, table: Table, term: str) -> Numbers:
        if is_variable(term):
            return table.columns[term]
        return np.full(table.rows, self.number(term), np.uint64)

    def _step(self, table: Table, atom: Atom, relation: Relation) -> Table:
        unknown = atom.variables - table.columns.keys()
        if not unknown:
            return table.where(contains(relation.facts, self._keys(table, atom)))
        if len(atom.arguments) == 1:
            return _times(table, {atom.arguments[0]: relation.facts})
        subject, value = atom.arguments
        if subject == value:
            same = relation.facts[relation.facts >> HALF == relation.facts & LOW]
            return _times(table, {subject: same & LOW})
        if unknown == {subject, value}:
            return _times(table, {subject: relation.facts >> HALF, value: relation.facts & LOW})
        (fresh,) = unknown
        known = subject if fresh == value else value
        if not is_variable(known):
            return _times(table, {fresh: self._with_constant(atom, relation)})
        pairs = relation.facts if known == subject else relation.inverse
        return _expanded(table, known, fresh, pairs)

    def _keys(self, table: Table, atom: Atom) -> Numbers:
        columns = [self._column(table, term) for term in atom.arguments]
        return columns[0] if len(columns) == 1 else columns[0] << HALF | columns[1]

    def _tested(self, table: Table, tests: list[Test]) -> tuple[Table, list[Test]]:
        """The table after the tests whose variables are known, and the tests that are left."""
        left = []
        for test in tests:
            inputs = test.arguments[:1] if test.kind == "iri" else test.arguments
            if any(is_variable(a) and a not in table.columns for a in inputs):
                left.append(test)
            elif test.kind == "iri":
                good, made = self.make(self._column(table, inputs[0]))
                table = table.where(good)
                table = Table(table.rows, {**table.columns, test.arguments[1]: made})
            else:
                columns = [self._column(table, a) for a in inputs]
                table = table.where(self.check(test, columns))
        return table, left


def _times(table: Table, columns: dict[str, Numbers]) -> Table:
    """Every row with every new one."""
    length = len(next(iter(columns.values())))
    repeated = {name: np.repeat(c, length) for name, c in table.columns.items()}
    tiled = {name: np.tile(c, table.rows) for name, c in columns.items()}
    return Table(table.rows * length, {**repeated, **tiled})


def _expanded(table: Table, known: str, fresh: str, pairs: Numbers) -> Table:
    """Every row with each partner that its known term has among sorted pairs."""
    keys = table.columns[known] << HALF
    starts = np.searchsorted(pairs, keys)
    counts = np.searchsorted(pairs, keys | LOW, side="right") - starts
    rows = int(counts.sum())
    before = np.cumsum(counts) - counts
    places = np.arange(rows) - np.repeat(before - starts, counts)
    columns = {name: np.repeat(c, counts) for name, c in table.columns.items()}
    return Table(rows, {**columns, fresh: pairs[places] & LOW})
