"""The names of one release, looked up: by text, by characters, by pinyin, by identifier."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mieco.errors import Language
from mieco.search.entries import Name
from mieco.search.forms import JOINED, dense_of
from mieco.search.index import FILE, NAMES_OF_A_THING
from mieco.search.kinds import Kind
from mieco.terms import BASE


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of the index; ``id`` is its number there.

    ``classes`` and ``places`` are IRIs, the inferred ones among them.
    """

    id: int
    iri: str
    zh: str
    en: str
    kind: Kind
    place: str
    province: str
    deprecated: bool
    classes: tuple[str, ...]
    places: tuple[str, ...]

    def label(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Named:
    """A name with the number of the thing that bears it, and its dense form."""

    thing: int
    name: Name
    dense: str


_THINGS = "SELECT * FROM thing WHERE id IN (SELECT value FROM json_each(?))"
_NUMBERS = "SELECT id FROM thing WHERE iri IN (SELECT value FROM json_each(?))"
_KINDS = """
SELECT id, kind, province, deprecated FROM thing WHERE id IN (SELECT value FROM json_each(?))
"""
_CLASSES = """
SELECT thing, iri FROM class JOIN term ON term.id = term
WHERE thing IN (SELECT value FROM json_each(?))
"""
_PLACES = """
SELECT thing, iri FROM located JOIN term ON term.id = term
WHERE thing IN (SELECT value FROM json_each(?))
"""
_NAMED = """
SELECT id, text, language, kind, dense FROM name WHERE id IN (SELECT value FROM json_each(?))
"""
_NAMES_OF = """
SELECT name.id, text, language, kind, dense FROM json_each(?1) AS wanted JOIN name
ON name.id BETWEEN wanted.value * ?2 AND wanted.value * ?2 + ?2 - 1
"""
_REGIONS = """
SELECT region.id, place.id FROM thing AS region JOIN thing AS place ON place.zh = region.zh
WHERE region.kind = 'concept' AND region.iri LIKE ? AND place.kind = 'place'
"""
_READING = "SELECT rowid FROM reading WHERE reading MATCH ? LIMIT ?"
_POSTING = "SELECT rowid FROM posting WHERE posting MATCH ? LIMIT ?"
_FREQUENCY = "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))"
_WORDS = """
SELECT term FROM vocabulary WHERE term >= '0' AND term < '{'
UNION ALL SELECT term FROM vocabulary WHERE term >= ? AND term < ?
"""


def thing_of(name: int) -> int:
    """The number of the thing that bears the name of a number."""
    return name // NAMES_OF_A_THING


def first_name_of(thing: int) -> int:
    """The number of the first name of a thing."""
    return thing * NAMES_OF_A_THING


class Names:
    """The index of a release, open for reading.  Thread-safe."""

    def __init__(self, address: str, *idle: sqlite3.Connection) -> None:
        """``address`` is the URI of the index for SQLite, to which ``idle`` are connected."""
        self._address = address
        self._idle = list(idle)
        self._words: list[str] | None = None
        self._regions: dict[int, int] | None = None

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over the tables of :mod:`mieco.search.index`."""
        with self._connection() as base:
            return base.execute(sql, values).fetchall()

    def __del__(self) -> None:
        for base in getattr(self, "_idle", ()):
            base.close()

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            base = self._idle.pop()
        except IndexError:
            base = _connected(self._address)
        try:
            yield base
        finally:
            self._idle.append(base)

    def things(self, ids: Iterable[int]) -> dict[int, Thing]:
        """The things of these numbers, those that there are."""
        wanted = (json.dumps(list(ids)),)
        classes = _grouped(self.rows(_CLASSES, wanted))
        places = _grouped(self.rows(_PLACES, wanted))
        return {
            number: Thing(
                id=number,
                iri=iri,
                zh=zh,
                en=en,
                kind=kind,
                place=place,
                province=province,
                deprecated=bool(deprecated),
                classes=tuple(classes[number]),
                places=tuple(places[number]),
            )
            for number, iri, zh, en, kind, place, province, deprecated in self.rows(_THINGS, wanted)
        }

    def names(self, things: Iterable[int]) -> dict[int, list[Named]]:
        """All names and identifiers of these things."""
        found: dict[int, list[Named]] = defaultdict(list)
        for number, *name, dense in self.rows(
            _NAMES_OF, (json.dumps(list(things)), NAMES_OF_A_THING)
        ):
            found[thing_of(number)].append(Named(thing_of(number), Name(*name), dense))
        return found

    def named(self, names: Iterable[int]) -> dict[int, Named]:
        """The names of these numbers."""
        return {
            number: Named(thing_of(number), Name(*name), dense)
            for number, *name, dense in self.rows(_NAMED, (json.dumps(list(names)),))
        }

    def by_iri(self, iri: str) -> Thing | None:
        """The thing of an IRI, if it has a name."""
        return self.by_iris([iri]).get(iri)

    def kinds_and_provinces(self, things: Iterable[int]) -> list[tuple[int, Kind, str, bool]]:
        """The number, kind and province of these things, and whether they are out of use."""
        return self.rows(_KINDS, (json.dumps(list(things)),))

    def regions_of_places(self) -> dict[int, int]:
        """The places that have the same name as a region code (a concept), by that."""
        if self._regions is None:
            self._regions = dict(self.rows(_REGIONS, (f"{BASE}concept/region/%",)))
        return self._regions

    def by_iris(self, iris: Iterable[str]) -> dict[str, Thing]:
        """The things of these IRIs, those that have a name."""
        found = self.things(_first(self.rows(_NUMBERS, (json.dumps(list(iris)),))))
        return {thing.iri: thing for thing in found.values()}

    def by_name(self, text: str) -> list[int]:
        """The numbers of the names and identifiers that are this text but for its spelling.

        Neither width, case, brackets, spaces and punctuation nor traditional characters count;
        compare :func:`mieco.intake.name_parts.same_name_key` where brackets should.
        """
        return _first(self.rows("SELECT id FROM name WHERE dense = ?", (dense_of(text),)))

    def by_reading(self, syllables: Sequence[str], *, limit: int) -> list[int]:
        """The numbers of names in which these syllables follow one another, the last unfinished."""
        if not all(s.isalnum() and s.isascii() for s in syllables):
            return []
        match = f'"{" ".join(syllables)}" *'
        return _first(self.rows(_READING, (match, limit)))

    def by_terms(self, terms: Iterable[str], *, limit: int) -> list[int]:
        """The numbers of names that have all these terms (``Forms.terms``)."""
        return self._posted(" AND ".join(map(quoted, terms)), limit)

    def by_any_term(self, terms: Iterable[str], *, limit: int) -> list[int]:
        """The numbers of names that have one of these terms."""
        return self._posted(" OR ".join(map(quoted, terms)), limit)

    def _posted(self, match: str, limit: int) -> list[int]:
        return _first(self.rows(_POSTING, (match, limit))) if match else []

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many names each of these terms stands; 0 where in none."""
        found = dict.fromkeys(terms, 0)
        found.update(self.rows(_FREQUENCY, (json.dumps(list(found)),)))
        return found

    def rarest(self, terms: Iterable[str]) -> list[str]:
        """Those of the terms that stand in some name, the rarest first."""
        known = ((count, term) for term, count in self.frequencies(terms).items() if count)
        return [term for _, term in sorted(known)]

    def words(self) -> list[str]:
        """All words in Latin letters, and all pairs of syllables that follow one another."""
        if self._words is None:
            known = self.rows(_WORDS, (JOINED, JOINED + "\U0010ffff"))
            self._words = [term.removeprefix(JOINED) for (term,) in known]
        return self._words


def open_names(folder: Path) -> Names:
    """The index in the folder of a release.  Raises FileNotFoundError where there is none."""
    path = folder / FILE
    if not path.is_file():
        raise FileNotFoundError(path)
    # Nobody writes in a release any more, so nothing needs a lock.
    return Names(f"{path.resolve().as_uri()}?immutable=1")


def copied_names(folder: Path) -> Names:
    """The index in a folder that is about to go, in memory for as long as it is used."""
    address = f"file:{uuid.uuid4()}?mode=memory&cache=shared"
    base = _connected(address)
    with contextlib.closing(sqlite3.connect(folder / FILE)) as file:
        file.backup(base)
    return Names(address, base)


def _connected(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, check_same_thread=False)


def quoted(term: str) -> str:
    """A term as FTS5 takes it: no operator, whatever it is."""
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'


def _first(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    return [row[0] for row in rows]


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for thing, iri in rows:
        found[thing].append(iri)
    return found
