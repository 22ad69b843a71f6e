"""The index of names beside a release: one SQLite file, made anew or brought up to date.

    thing     one row a thing: its IRI, labels, kind, place and province
    class     all its classes, and ``located`` all its places, as numbers of ``term``
    name      one row a name; its number is that of the thing times 1024, plus its place
    posting   full text (FTS5) of characters, pairs, words and initials, by number of name
    reading   full text of syllables, by number of name

Both full texts hold no text: what a name is found by is worked out from it again to delete it,
which is why an index made by another version is made anew.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, Store

from mieco import __version__
from mieco.progress import Progress
from mieco.search.entries import Entry, affected, named_things, provinces, read_entry
from mieco.search.forms import Forms, forms_of

FILE: Final = "names.sqlite"
NAMES_OF_A_THING: Final = 1024
# So many things are written at a time.
_AT_ONCE = 1000
# That of the packages is asked for without importing them, which takes long.
_VERSION: Final = " ".join((__version__, *map(version, ("opencc", "pypinyin"))))
# What the engine says of the disk, as the system would.
_DISK: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
}
# Between the readings of a name: no syllable.
_APART = " 0 "

# The term "·cz" must be one token: the ASCII tokenizer takes all beyond ASCII for letters.
_SCHEMA = """
CREATE TABLE about (version TEXT NOT NULL);
CREATE TABLE term (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
CREATE TABLE thing (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, zh TEXT NOT NULL, en TEXT NOT NULL,
    kind TEXT NOT NULL, place TEXT NOT NULL, province TEXT NOT NULL, deprecated INTEGER NOT NULL
);
CREATE TABLE class (
    thing INTEGER NOT NULL, term INTEGER NOT NULL, PRIMARY KEY (thing, term)
) WITHOUT ROWID;
CREATE TABLE located (
    thing INTEGER NOT NULL, term INTEGER NOT NULL, PRIMARY KEY (thing, term)
) WITHOUT ROWID;
CREATE TABLE name (
    id INTEGER PRIMARY KEY, text TEXT NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL,
    dense TEXT NOT NULL
);
CREATE INDEX dense ON name (dense);
CREATE VIRTUAL TABLE posting USING fts5(
    terms, content='', columnsize=0, detail=none, tokenize='ascii'
);
CREATE VIRTUAL TABLE reading USING fts5(
    syllables, content='', columnsize=0, tokenize='ascii'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(posting, row);
"""


def index_names(
    store: Store,
    folder: Path,
    before: Path | None,
    changed: Iterable[Quad] | None,
    *,
    whole: Callable[[], Store] | None = None,
    progress: Progress | None = None,
) -> None:
    """Makes the index of a staged store in its folder.

    ``changed`` are the quads that came and went since the release in the folder ``before``;
    ``None`` where that is not known.  Where all is read, ``whole`` gives a store that is read
    instead: it has all that entries.py reads.
    """
    path = folder / FILE
    with _disk_told():
        if before is not None and changed is not None and is_indexed(before):
            try:
                _update(store, before / FILE, path, changed)
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise
                path.unlink()  # it was copied from one that is damaged
            else:
                return
        _build(whole() if whole else store, path, progress or Progress())


def _build(store: Store, path: Path, progress: Progress) -> None:
    # Of those that fit equally well the first is told first: the same in every index.
    things = sorted(named_things(store), key=lambda node: node.value)
    progress.begin("indexing", len(things))
    with _writing(path) as base, _uncollected():
        for statement in _SCHEMA.split(";"):
            base.execute(statement)
        base.execute("INSERT INTO about VALUES (?)", (_VERSION,))
        terms = _Terms()
        of = provinces(store)
        for start in range(0, len(things), _AT_ONCE):
            entries = []
            for number, thing in enumerate(things[start : start + _AT_ONCE], start=start + 1):
                if entry := read_entry(store, thing, of):
                    entries.append((number, entry))
                progress.step()
            _insert(base, entries, terms)
        base.execute("INSERT INTO posting (posting) VALUES ('optimize')")
        base.execute("INSERT INTO reading (reading) VALUES ('optimize')")


def _update(store: Store, before: Path, path: Path, changed: Iterable[Quad]) -> None:
    things = affected(store, changed)
    if not things:
        os.link(before, path)  # nobody writes in a release again
        return
    shutil.copyfile(before, path)
    with _writing(path) as base:
        terms = _Terms(base.execute("SELECT iri, id FROM term"))
        highest = base.execute("SELECT coalesce(max(id), 0) FROM thing").fetchone()[0]
        of = provinces(store)
        entries = []
        for thing in sorted(things, key=lambda node: node.value):
            row = base.execute("SELECT id FROM thing WHERE iri = ?", (thing.value,)).fetchone()
            if row:
                _delete(base, row[0])
            if entry := read_entry(store, thing, of):
                highest += row is None
                entries.append((row[0] if row else highest, entry))
        _insert(base, entries, terms)


def is_indexed(folder: Path) -> bool:
    """Is there an index of this version in the folder of a release?"""
    path = folder / FILE
    if not path.is_file():
        return False
    address = f"{path.absolute().as_uri()}?immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as base:
            return bool(base.execute("SELECT version FROM about").fetchone() == (_VERSION,))
    except sqlite3.Error:
        return False


@contextlib.contextmanager
def _disk_told() -> Iterator[None]:
    """Raises OSError for what the disk does not take, as all else that writes does."""
    try:
        yield
    except sqlite3.Error as error:
        number = _DISK.get(_code(error))
        if number is None:
            raise
        raise OSError(number, os.strerror(number)) from error


def _is_damaged(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _code(error: sqlite3.Error) -> int:
    """The result code of SQLite, without what it is extended by; 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one transaction; the release is made durable as a whole."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        base.execute("PRAGMA cache_size = -65536")  # KB
        base.execute("BEGIN")
        yield base
        base.execute("COMMIT")


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles, of which nothing here makes any: beside a large dataset it would take
    a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _insert(base: sqlite3.Connection, entries: Sequence[tuple[int, Entry]], terms: _Terms) -> None:
    """Writes entries, each with the number of its thing."""
    known = len(terms)
    formed = [
        (at, name, forms_of(name.text))
        for number, entry in entries
        for at, name in enumerate(entry.names[:NAMES_OF_A_THING], start=number * NAMES_OF_A_THING)
    ]
    base.executemany(
        "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                entry.iri,
                entry.label("zh"),
                entry.label("en"),
                entry.kind,
                entry.place,
                entry.province,
                entry.deprecated,
            )
            for number, entry in entries
        ],
    )
    base.executemany(
        "INSERT INTO class VALUES (?, ?)",
        [(n, terms[iri]) for n, entry in entries for iri in entry.classes],
    )
    base.executemany(
        "INSERT INTO located VALUES (?, ?)",
        [(n, terms[iri]) for n, entry in entries for iri in entry.places],
    )
    base.executemany(
        "INSERT INTO term VALUES (?, ?)",
        [(number, iri) for iri, number in islice(terms.items(), known, None)],
    )
    base.executemany(
        "INSERT INTO name VALUES (?, ?, ?, ?, ?)",
        [(at, name.text, name.language, name.kind, forms.dense) for at, name, forms in formed],
    )
    base.executemany(
        "INSERT INTO posting (rowid, terms) VALUES (?, ?)",
        [(at, _terms(forms)) for at, _, forms in formed],
    )
    base.executemany(
        "INSERT INTO reading (rowid, syllables) VALUES (?, ?)",
        [(at, _syllables(forms)) for at, _, forms in formed if forms.readings],
    )


class _Terms(dict[str, int]):
    """The numbers of IRIs; one that has none gets the next."""

    def __missing__(self, iri: str) -> int:
        number = self[iri] = len(self) + 1
        return number


def _delete(base: sqlite3.Connection, number: int) -> None:
    between = (number * NAMES_OF_A_THING, (number + 1) * NAMES_OF_A_THING - 1)
    found = base.execute("SELECT id, text FROM name WHERE id BETWEEN ? AND ?", between).fetchall()
    formed = [(name, forms_of(text)) for name, text in found]
    base.executemany(
        "INSERT INTO posting (posting, rowid, terms) VALUES ('delete', ?, ?)",
        [(name, _terms(forms)) for name, forms in formed],
    )
    base.executemany(
        "INSERT INTO reading (reading, rowid, syllables) VALUES ('delete', ?, ?)",
        [(name, _syllables(forms)) for name, forms in formed if forms.readings],
    )
    base.execute("DELETE FROM name WHERE id BETWEEN ? AND ?", between)
    base.execute("DELETE FROM class WHERE thing = ?", (number,))
    base.execute("DELETE FROM located WHERE thing = ?", (number,))
    base.execute("DELETE FROM thing WHERE id = ?", (number,))


def _terms(forms: Forms) -> str:
    return " ".join(sorted(forms.terms))


def _syllables(forms: Forms) -> str:
    return _APART.join(" ".join(reading) for reading in forms.readings)
