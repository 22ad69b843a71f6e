"""What a comparison is: sections of rows, with a cell for each thing that is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from mieco.ask.comparison.subjects import Comparable
from mieco.errors import Text
from mieco.stores import Term


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a cell, in the reader's words; ``tag`` is the language that they are in.

    ``iri`` is the thing that it is, or that says it; ``notes`` are its date and whatever else
    stands beside it.  ``statement`` is there for a value that is inferred: what follows.
    ``fact`` is the thing whose sources are those of the value.
    """

    text: str
    tag: str = ""
    iri: str = ""
    number: Decimal | None = None
    unit: str = ""
    date: str = ""
    notes: Sequence[str] = ()
    statement: tuple[str, str, Term] | None = None
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is recorded of a thing in a row: nothing, where there are no entries.

    ``counted``: the cell tells how many there are, and then which.
    """

    entries: Sequence[Entry] = ()
    counted: bool = False

    @property
    def numbers(self) -> list[Decimal]:
        """The numbers that a chart can show."""
        if self.counted:
            return [Decimal(len(self.entries))] if self.entries else []
        return [entry.number for entry in self.entries if entry.number is not None]

    @property
    def differs(self) -> bool:
        """Do sources give different numbers for one date?"""
        by_date: dict[str, set[Decimal]] = {}
        for entry in self.entries:
            if entry.number is not None:
                by_date.setdefault(entry.date, set()).add(entry.number)
        return any(len(numbers) > 1 for numbers in by_date.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Things of one kind (their IRIs) side by side.

    ``sources`` gives the sources of a fact; ``numbers`` numbers them, in the order in which the
    sections cite them; ``grades`` tells the grade of each (an IRI, or empty), ``addresses`` where
    it was found on the web, as far as that is told.
    """

    kind: Comparable
    subjects: Sequence[str]
    sections: Sequence[Section]
    sources: Mapping[str, Sequence[str]]
    numbers: Mapping[str, int]
    grades: Mapping[str, str]
    addresses: Mapping[str, str]
    labels: Mapping[str, tuple[str, str]]

    def name(self, iri: str) -> str:
        """What a thing is called; its IRI if it has no name."""
        return self.labels.get(iri, (iri,))[0]

    def sources_of(self, entry: Entry) -> Sequence[str]:
        """The sources of an entry, in the order of their numbers."""
        return sorted(self.sources.get(entry.fact, ()), key=lambda each: self.numbers[each])

    def grade_names(self, entry: Entry) -> list[str]:
        """What the grades of those sources are called, each once."""
        grades = [self.grades.get(each, "") for each in self.sources_of(entry)]
        return [self.name(grade) for grade in dict.fromkeys(grades) if grade]

    @property
    def rows(self) -> Iterable[Row]:
        """All rows."""
        return (row for section in self.sections for row in section.rows)


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator: what it is called, the term that it is, if any, and a cell for each thing.

    ``beside`` are the targets that policies set for it.
    """

    key: str
    name: str
    cells: Sequence[Cell]
    iri: str = ""
    tag: str = ""
    beside: Sequence[Entry] = ()

    @property
    def recorded(self) -> int:
        """Of how many things something is recorded."""
        return sum(bool(cell.entries) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together."""

    key: str
    name: Text
    rows: Sequence[Row] = field(default_factory=list)
    note: Text | None = None
