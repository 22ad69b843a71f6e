"""Statements in the words of a comparison: values, observations, recognitions, targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal, NamedNode

from mieco.ask.comparison.reading import Evidence, Said, Statements
from mieco.ask.comparison.tables import Entry
from mieco.ask.comparison.words import ABOUT, INFERRED_DATE, TARGET
from mieco.ask.figures import decimal_of, figure_words
from mieco.engine.base import text_of
from mieco.errors import Language, Text
from mieco.stores import Term
from mieco.terms import BASE, MIECO, PREFIXES

Labels = Mapping[str, tuple[str, str]]
_DATE = PREFIXES["dcterms"] + "date"
_BASIS_INFERRED = f"{BASE}concept/basis/inferred"
_EXACT = f"{BASE}concept/qualifier/exact"
_ABOUT = f"{BASE}concept/qualifier/about"
_COUNT = f"{BASE}concept/unit/count"


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells what was read in the reader's language."""

    statements: Statements
    evidence: Evidence
    labels: Labels
    language: Language

    def values(self, thing: str, name: str) -> Sequence[Said]:
        """The values of a property of ours, or of one given by IRI."""
        iri = name if ":" in name else MIECO + name
        return self.statements.get(thing, {}).get(iri, ())

    def first(self, thing: str, name: str) -> str:
        """The first value of a property as text; empty if there is none."""
        return min((text_of(said.term) for said in self.values(thing, name)), default="")

    def name(self, iri: str) -> str:
        """What a thing is called."""
        return self.labels.get(iri, (iri.removeprefix(BASE),))[0]

    def said(self, thing: str, name: str) -> list[Entry]:
        """The values of a property: things by name, texts in the reader's language if any is."""
        values = self.values(thing, name)
        asserted = [said for said in values if not said.inferred]
        spoken = [s for s in asserted or values if _speaks(s.term, self.language)]
        found = [self.entry(thing, name, said) for said in spoken or asserted or values]
        return sorted(found, key=lambda entry: entry.text)

    def entry(self, thing: str, name: str, said: Said) -> Entry:
        """One value of a property."""
        statement = (thing, MIECO + name, said.term) if said.inferred else None
        if isinstance(said.term, NamedNode):
            return self.thing(said.term.value, fact=thing, statement=statement)
        text, tag = text_of(said.term), ""
        if isinstance(said.term, Literal) and said.term.language:
            tag = said.term.language
        number = decimal_of(said.term)
        return Entry(text, tag, number=number, statement=statement, fact=thing)

    def thing(
        self,
        iri: str,
        *,
        fact: str = "",
        notes: Sequence[str] = (),
        statement: tuple[str, str, Term] | None = None,
    ) -> Entry:
        """A thing by its name, with the sources of ``fact`` or else its own."""
        text, tag = self.labels.get(iri, (iri.removeprefix(BASE), ""))
        return Entry(text, tag, iri, notes=notes, statement=statement, fact=fact or iri)

    def recognition(self, iri: str) -> Entry:
        """A recognition: its level, batch and year."""
        level, batch = self.first(iri, "recognitionLevel"), self.first(iri, "batchNumber")
        year = self.first(iri, "year")
        zh = [self.name(level), f"第 {batch} 批" if batch else "", f"{year} 年" if year else ""]
        en = [self.name(level), f"batch {batch}" if batch else "", year]
        said = Text("，".join(filter(None, zh)), ", ".join(filter(None, en))).in_(self.language)
        return Entry(said, iri=iri, fact=iri)

    def founded(self, thing: str) -> list[Entry]:
        """When a consortium was founded."""
        basis = self.first(thing, "hasDateBasis")
        notes = [INFERRED_DATE.in_(self.language)] if basis == _BASIS_INFERRED else []
        return [
            Entry(text_of(said.term), date=text_of(said.term), notes=notes, fact=thing)
            for said in self.values(thing, "foundingDate")
        ]

    def figure(self, iri: str, *, target: bool = False) -> Entry | None:
        """What an observation or a target says in numbers, or else as it is written."""
        unit = self.first(iri, "hasUnit")
        written = self.first(iri, "valueText")
        number = next((decimal_of(said.term) for said in self.values(iri, "value")), None)
        if number is None and not written:
            return None
        text = written if number is None else self._number(iri, number, unit)
        qualifier = self.first(iri, "qualifier")
        if qualifier not in ("", _EXACT):
            how = ABOUT.in_(self.language) if qualifier == _ABOUT else self.name(qualifier)
            text = Text(f"{how}{text}", f"{how} {text}").in_(self.language)
        date = self.first(iri, _DATE) or self.first(iri, "year")
        words = (said.term for said in self.values(iri, "valueText") if number is None)
        tags = [term.language for term in words if isinstance(term, Literal) and term.language]
        return Entry(
            text,
            next(iter(tags), ""),
            iri=iri,
            number=number,
            unit=self.name(unit) if unit else "",
            date=date,
            notes=self._notes(iri, date, target=target),
            fact=iri,
        )

    def _number(self, iri: str, number: Decimal, unit: str) -> str:
        """With the measure word of the source in Chinese; a plain count needs none in English."""
        called = self.name(unit) if unit else ""
        if unit == _COUNT:
            word = self.first(iri, "unitText")
            called = Text(word or called, "").in_(self.language)
        return figure_words(number, unit, called, self.language)

    def _notes(self, iri: str, date: str, *, target: bool) -> list[str]:
        notes = [TARGET.in_(self.language)] if target else []
        times = [s.term for s in self.values(iri, "timeText") if _speaks(s.term, self.language)]
        notes.append(text_of(times[0]) if times else date)
        if self.first(iri, "hasDateBasis") == _BASIS_INFERRED:
            notes.append(INFERRED_DATE.in_(self.language))
        if policy := self.first(iri, "underPolicy"):
            notes.append(self.name(policy))
        grades = {self.name(grade) for grade in self.evidence.get(iri, {}).values() if grade}
        return [note for note in [*notes, *sorted(grades)] if note]


def _speaks(term: Term, language: Language) -> bool:
    """Is a value for readers of this language?  One without words is for all."""
    return not isinstance(term, Literal) or term.language in (None, language)
