"""The sections of a comparison, made of what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mieco.ask.comparison.entries import Teller
from mieco.ask.comparison.reading import Belonging, Part
from mieco.ask.comparison.tables import Cell, Entry, Row, Section
from mieco.ask.comparison.words import NO, NOTES, OTHER, PARTS, ROWS, SECTIONS, YES
from mieco.engine.base import text_of
from mieco.errors import Text
from mieco.search.kinds import ACTORS, KINDS, Kind, kind_of
from mieco.terms import MIECO

# The order in which kinds of members are told: that of the search.
_ACTORS: Sequence[Kind] = [kind for kind in KINDS if kind in ACTORS and kind != "consortium"]
_OTHERS: Sequence[Part] = (
    "document",
    "measure",
    "alliance",
    "goal",
    "contribution",
    "achievement",
)


@dataclass(frozen=True, slots=True)
class Material:
    """What was read of the things that are compared, and who tells it.

    ``policies`` gives the targets that policies set for an indicator for where they are;
    ``memberships`` the statement that a thing is a member of one of them.
    """

    subjects: Sequence[str]
    around: Mapping[str, Sequence[Belonging]]
    teller: Teller
    policies: Mapping[str, Sequence[str]]
    memberships: Mapping[str, str]

    def of(self, subject: str, part: Part) -> list[Belonging]:
        """What belongs to a thing in one part."""
        return [each for each in self.around.get(subject, ()) if each.part == part]

    def row(self, key: str, entries: Callable[[str], Sequence[Entry]]) -> Row:
        """A row of what is said of each thing."""
        name = ROWS[key].in_(self.teller.language)
        return Row(key, name, [Cell(entries(subject)) for subject in self.subjects])

    def count(self, things: Iterable[Belonging]) -> Cell:
        """A cell that counts things, by name."""
        facts = {
            each.iri: self.memberships.get(each.iri, "") if each.part == "member" else each.iri
            for each in things
        }
        entries = [self.teller.thing(iri, fact=fact) for iri, fact in facts.items()]
        return Cell(sorted(entries, key=lambda entry: entry.text), counted=True)


def section(key: str, rows: Sequence[Row]) -> Section:
    """A section with the rows in which something is recorded."""
    return Section(key, SECTIONS[key], [row for row in rows if row.recorded], NOTES.get(key))


def consortium_basics(material: Material) -> Section:
    """What a consortium is; these rows stand there also where nothing is recorded."""
    teller = material.teller

    def said(name: str) -> Callable[[str], Sequence[Entry]]:
        return lambda subject: teller.said(subject, name)

    rows = [
        material.row("founded", teller.founded),
        material.row("place", said("locatedIn")),
        material.row("recognition", lambda subject: _recognitions(teller, subject)),
        material.row("industry-text", said("industryText")),
        material.row("industry", said("servesIndustry")),
        material.row("leads", lambda subject: _leads(material, subject)),
        material.row("park", said("basedOnPark")),
        material.row("legal", lambda subject: _legal(teller, subject)),
        material.row("member-count", lambda subject: _stated_members(teller, subject)),
    ]
    return Section("basics", SECTIONS["basics"], rows)


def place_basics(material: Material) -> Section:
    """What a place is."""
    teller = material.teller
    rows = [
        material.row("level", lambda subject: teller.said(subject, "placeLevel")),
        material.row("within", lambda subject: teller.said(subject, "partOf")),
    ]
    return Section("basics", SECTIONS["basics"], rows)


def _recognitions(teller: Teller, subject: str) -> list[Entry]:
    found = [
        teller.recognition(text_of(said.term)) for said in teller.values(subject, "hasRecognition")
    ]
    return sorted(found, key=lambda entry: entry.text)


def _leads(material: Material, subject: str) -> list[Entry]:
    """Who leads, each with its kind, in the order of kinds: schools first."""
    teller = material.teller
    kinds = {each.iri: kind_of(each.classes) for each in material.of(subject, "member")}
    found: list[tuple[Kind, Entry]] = []
    for said in teller.values(subject, "ledBy"):
        iri = text_of(said.term)
        kind = kinds.get(iri, "other")
        entry = teller.thing(
            iri,
            fact=material.memberships.get(iri, subject) if said.inferred else subject,
            notes=[KINDS[kind].in_(teller.language)],
            statement=(subject, f"{MIECO}ledBy", said.term) if said.inferred else None,
        )
        found.append((kind, entry))
    order = list(KINDS)
    found.sort(key=lambda each: (order.index(each[0]), each[1].text))
    return [entry for _, entry in found]


def _stated_members(teller: Teller, subject: str) -> list[Entry]:
    """The number of members that is stated, and how it is written; or how it is written alone."""
    written = teller.said(subject, "memberCountText")
    counted = teller.said(subject, "statedMemberCount")
    notes = [entry.text for entry in written if entry.tag in ("", teller.language)]
    return [replace(entry, notes=notes) for entry in counted] or written


def _legal(teller: Teller, subject: str) -> list[Entry]:
    words: Mapping[str, Text] = {"true": YES, "false": NO}
    return [
        Entry(words[text_of(said.term)].in_(teller.language), fact=subject)
        for said in teller.values(subject, "hasLegalPersonality")
        if text_of(said.term) in words
    ]


def by_actor_kind(material: Material, key: str, part: Part) -> Section:
    """Members, or organisations: all, and by kind."""
    language = material.teller.language
    everybody = {subject: material.of(subject, part) for subject in material.subjects}
    every = [material.count(everybody[subject]) for subject in material.subjects]
    rows = [Row(f"{key}-all", ROWS["all"].in_(language), every)]
    for kind in _ACTORS:
        cells = [
            material.count(each for each in everybody[subject] if kind_of(each.classes) == kind)
            for subject in material.subjects
        ]
        rows.append(Row(f"{key}-{kind}", KINDS[kind].in_(language), cells))
    return section(key, rows)


def by_class(material: Material, key: str, part: Part) -> Section:
    """The things of a part: all, and by the classes that somebody asserts."""
    teller = material.teller
    found = {subject: material.of(subject, part) for subject in material.subjects}
    every = [material.count(found[subject]) for subject in material.subjects]
    rows = [Row(f"{key}-all", ROWS["all"].in_(teller.language), every)]
    classes = {name for things in found.values() for each in things for name in each.own}
    named = sorted(classes & teller.labels.keys(), key=teller.name)
    for name in named:
        cells = [
            material.count(each for each in found[subject] if name in each.own)
            for subject in material.subjects
        ]
        rows.append(Row(f"{key}-{name.rpartition('#')[2]}", teller.name(name), cells, iri=name))
    rest = [
        material.count(each for each in found[subject] if not each.own & set(named))
        for subject in material.subjects
    ]
    rows.append(Row(f"{key}-other", OTHER.in_(teller.language), rest))
    return section(key, rows)


def others(material: Material) -> Section:
    """The parts of which a count is enough."""
    language = material.teller.language
    rows = [
        Row(
            part,
            PARTS[part].in_(language),
            [material.count(material.of(s, part)) for s in material.subjects],
        )
        for part in _OTHERS
    ]
    return section("others", rows)


def consortia_within(material: Material) -> Section:
    """The consortia of places: all, and by the level at which they are recognised."""
    teller = material.teller
    found = {subject: material.of(subject, "consortium") for subject in material.subjects}
    every = [material.count(found[subject]) for subject in material.subjects]
    rows = [Row("consortia-all", ROWS["all"].in_(teller.language), every)]
    levels: dict[str, dict[str, list[Belonging]]] = {}
    for subject, consortia in found.items():
        for each in consortia:
            for said in teller.values(each.iri, "hasRecognition"):
                level = teller.first(text_of(said.term), "recognitionLevel")
                levels.setdefault(level, {}).setdefault(subject, []).append(each)
    for level, by_subject in sorted(levels.items()):
        cells = [material.count(by_subject.get(subject, ())) for subject in material.subjects]
        key = f"consortia-{level.rpartition('/')[2]}"
        rows.append(Row(key, teller.name(level), cells, iri=level))
    return section("consortia", rows)


def indicators(material: Material) -> Section:
    """What is observed and aimed at, by indicator: those of most things first."""
    teller = material.teller
    figures: dict[str, dict[str, list[Entry]]] = {}
    for subject in material.subjects:
        for part in ("observation", "target"):
            for each in material.of(subject, part):
                entry = teller.figure(each.iri, target=part == "target")
                indicator = teller.first(each.iri, "observes")
                if entry and indicator:
                    figures.setdefault(indicator, {}).setdefault(subject, []).append(entry)
    rows = []
    for indicator, by_subject in figures.items():
        cells = [
            Cell(sorted(by_subject.get(subject, ()), key=lambda entry: (entry.date, entry.iri)))
            for subject in material.subjects
        ]
        beside = [teller.figure(iri) for iri in material.policies.get(indicator, ())]
        key = indicator.rpartition("/")[2]
        targets = [entry for entry in beside if entry]
        rows.append(Row(key, teller.name(indicator), cells, iri=indicator, beside=targets))
    rows.sort(key=lambda row: (-row.recorded, row.name))
    return section("indicators", rows)
