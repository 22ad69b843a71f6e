"""The classes of a release as types: their names, what stands above them, how many they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal

from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language
from mieco.present.names import compact
from mieco.search.forms import dense_of
from mieco.search.lookup import Names, Thing
from mieco.terms import MIECO, PREFIXES

# What people match most, the commonest first.
_DEFAULT: Final = tuple(
    MIECO + name
    for name in (
        *("Actor", "EducationProvider", "Enterprise", "IndustrialPark", "PublicBody"),
        *("ResearchInstitute", "Consortium", "Place", "Space", "Activity", "Document"),
    )
)
_MOST_DEFAULT = 12
_MOST_SHOWN = 4
# What things are as parts of an ontology says nothing of what they are.
_LANGUAGES: Final = (PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"])


@dataclass(frozen=True, slots=True)
class Type:
    """A class: its names, the classes just above it, how many things of it have a name.

    A ``defined`` one follows from what a thing has; nobody would look for it by name.
    """

    iri: str
    zh: str
    en: str
    broader: tuple[str, ...]
    defined: bool
    count: int

    def name(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Types:
    """The types of one release."""

    def __init__(self, types: Iterable[Type]) -> None:
        self._types = {each.iri: each for each in types}

    def of(self, iri: str) -> Type | None:
        return self._types.get(iri)

    def default(self) -> list[Type]:
        """Those to offer first: of our own ontology, else those of most things."""
        own = [self._types[iri] for iri in _DEFAULT if iri in self._types]
        found = [each for each in own if each.count]
        return found or sorted(self._used(), key=lambda t: (-t.count, t.iri))[:_MOST_DEFAULT]

    def of_thing(self, thing: Thing) -> list[Type]:
        """The types to show of a thing: the narrowest that somebody says, then one to offer."""
        told = [self._types[iri] for iri in thing.classes if iri in self._types]
        plain = [e for e in told if not e.defined and not e.iri.startswith(_LANGUAGES)]
        above = {iri for each in plain for iri in self._above(each.iri)}
        narrowest = [each for each in plain if each.iri not in above]
        narrowest.sort(key=lambda each: (each.count, each.iri))
        offered = [each for each in self.default() if each.iri in thing.classes]
        # The narrower of what is offered tells more.
        offered.sort(key=lambda each: each.count)
        chosen = dict.fromkeys(each.iri for each in (*narrowest[: _MOST_SHOWN - 1], *offered[:1]))
        return [self._types[iri] for iri in chosen]

    def named_like(self, prefix: str) -> list[Type]:
        """The types with a name that begins with, or else contains, a text; or of that IRI."""
        exact = self._types.get(prefix.strip())
        if exact:
            return [exact]
        wanted = dense_of(prefix) if prefix.strip() else ""
        ranked = [
            (min(places), -each.count, each.iri, each)
            for each in self._types.values()
            if (places := _places_in(wanted, (each.zh, each.en, compact(each.iri))))
        ]
        return [each for *_, each in sorted(ranked, key=lambda row: row[:3])]

    def _used(self) -> list[Type]:
        return [each for each in self._types.values() if each.count]

    def _above(self, iri: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """All classes above one; a circle ends where it began."""
        found: set[str] = set()
        for broader in self._types[iri].broader if iri in self._types else ():
            if broader not in seen and broader != iri:
                found |= {broader} | self._above(broader, seen | {iri})
        return found


def _places_in(wanted: str, names: Sequence[str]) -> list[int]:
    """Where a text stands in names: 0 at the beginning, 1 further on."""
    dense = [dense_of(name) for name in names]
    return [0 if name.startswith(wanted) else 1 for name in dense if wanted in name]


def read_types(engine: Engine, names: Names, *, seconds: float) -> Types:
    """The types of the release that both belong to."""
    broader: dict[str, list[str]] = {}
    defined: set[str] = set()
    query = Query(page_query("classes"), entailment="asserted")
    for row in rows_in(engine.query(query, seconds=seconds)):
        iri = text_of(row["class"])
        broader.setdefault(iri, [])
        if "broader" in row:
            broader[iri].append(text_of(row["broader"]))
        if isinstance(row["defined"], Literal) and row["defined"].value == "true":
            defined.add(iri)
    counts = dict(names.rows(_COUNTS))
    things = names.by_iris({*broader, *counts})
    return Types(
        _type(iri, things, tuple(broader.get(iri, ())), iri in defined, counts.get(iri, 0))
        for iri in {**dict.fromkeys(broader), **dict.fromkeys(counts)}
    )


_COUNTS = "SELECT iri, count(*) FROM class JOIN term ON term.id = term GROUP BY term"


def _type(
    iri: str, things: Mapping[str, Thing], broader: tuple[str, ...], defined: bool, count: int
) -> Type:
    thing = things.get(iri)
    zh, en = (thing.zh, thing.en) if thing else (compact(iri), compact(iri))
    return Type(iri, zh, en, broader, defined, count)
