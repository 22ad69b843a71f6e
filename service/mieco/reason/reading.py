"""Triples as columns of numbers, read from the text of N-Triples.

The engine writes a term as its store holds it: "05" as "5", a language in small letters.  A
document may write it otherwise, and then its line is read as the engine would write it.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat, Store

from mieco.reason.dictionary import Dictionary, Terms
from mieco.reason.facts import Mask

Graph = NamedNode | BlankNode | DefaultGraph

# So many bytes of text are split at a time.
_READ = 1 << 22
# A part of a document that is loaded beside others has so many bytes: with fewer it gains nothing,
# and more than a million triples the engine itself loads in parallel.  Each takes memory.
_LEAST_PART, _LARGEST_PART, _MOST_PARTS = 1 << 22, 1 << 27, 4
# A line as the engine writes it: a subject and a predicate have no space in them.
_WRITTEN = re.compile(rb"(\S++) (\S++) (.*) \.\n")
# A line that the engine would write so too, whatever its datatypes mean.
_PLAIN = re.compile(
    rb"^(<[^<>\\\x00-\x20]++>) (<[^<>\\\x00-\x20]++>) "
    rb'(<[^<>\\\x00-\x20]++>|"[^"\\\x00-\x1f\x7f]*+"(?:@[a-z]++(?:-[a-z0-9]++)*+)?+) \.\n',
    re.MULTILINE,
)
# U+FFFE and U+FFFF, which the engine writes as escapes.
_ESCAPED = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


@dataclass(frozen=True, slots=True)
class Columns:
    """Triples: the numbers of their subjects, predicates and objects."""

    subjects: Terms
    predicates: Terms
    objects: Terms

    def __len__(self) -> int:
        return len(self.subjects)

    def where(self, mask: Mask) -> Columns:
        """Some of the triples."""
        return Columns(self.subjects[mask], self.predicates[mask], self.objects[mask])


def read_columns(lines: BinaryIO, dictionary: Dictionary) -> Iterator[Columns]:
    """Lines of N-Triples, as the engine writes them, as columns: some at a time."""
    return (_columns(_WRITTEN.split(text), dictionary) for text in _texts(lines))


def read_document(path: str, dictionary: Dictionary) -> list[Columns] | None:
    """A document of N-Triples as columns; a triple may be among them more than once.

    ``None`` if there are blank nodes in it, which get other names wherever they are loaded, or
    if it is not well-formed.
    """
    parts = []
    with Path(path).open("rb") as file:
        for text in _texts(file):
            odd = any(sign in text for sign in _ESCAPED)
            pieces = [text] if odd else _PLAIN.split(text)
            rest = b"".join(pieces[0::4])
            if b"_:" in rest or (written := _rewritten(rest)) is None:
                return None
            parts.append(_columns(pieces, dictionary))
            parts.append(_columns(_WRITTEN.split(written), dictionary))
    return parts


def _texts(file: BinaryIO) -> Iterator[bytes]:
    """A file in pieces of whole lines."""
    while text := file.read(_READ) + file.readline():
        yield text


def load_document(store: Store, path: str, graph: Graph) -> None:
    """Loads a document of N-Triples into a graph of a store, with all processors.

    Raises SyntaxError; some of it may be loaded then.
    """
    load = partial(store.bulk_load, format=RdfFormat.N_TRIPLES, to_graph=graph)

    def load_part(start: int, end: int) -> None:
        with Path(path).open("rb") as file, piped(_pieces(file, start, end)) as part:
            load(path=part)

    ends = _ends_of_parts(path)
    if len(ends) == 1:
        load(path=path)
        return
    try:
        with ThreadPoolExecutor(len(ends)) as threads:
            list(threads.map(load_part, [0, *ends], ends))
    except SyntaxError:
        load(path=path)  # it says in which line of the whole
        raise


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while piece := file.read(min(_READ, end - file.tell())):
        yield piece


def _ends_of_parts(path: str) -> list[int]:
    """Where the parts of a document end that may be loaded one beside the other, its own end last.

    They are of whole lines.  A document with blank nodes is one part: in each they would be others.
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        count = min(os.cpu_count() or 1, _MOST_PARTS, size // _LEAST_PART)
        if count <= 1 or size > count * _LARGEST_PART:
            return [size]
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            if text.find(b"_:") >= 0:
                return [size]
        ends = []
        for number in range(1, count):
            file.seek(size * number // count)
            file.readline()
            ends.append(file.tell())
        return [*ends, size]


def _columns(pieces: Sequence[bytes], dictionary: Dictionary) -> Columns:
    """What a pattern of three terms found: each, and what stands between two finds."""
    return Columns(*(dictionary.numbers(pieces[first::4]) for first in (1, 2, 3)))


def _rewritten(text: bytes) -> bytes | None:
    """Lines of a document as the engine would write them; ``None`` if they are not well-formed."""
    store = Store()
    try:
        store.bulk_load(text, RdfFormat.N_TRIPLES)
    except SyntaxError:
        return None
    written = BytesIO()
    store.dump(written, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return written.getvalue()


@contextmanager
def dumped(store: Store, graph: Graph) -> Iterator[BinaryIO]:
    """A graph as N-Triples, to be read to its end; it is never in memory as text."""
    reading, writing = os.pipe()

    def dump() -> None:
        with os.fdopen(writing, "wb") as out:
            store.dump(out, RdfFormat.N_TRIPLES, from_graph=graph)

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(dump)
        with os.fdopen(reading, "rb") as lines:
            yield lines
        done.result()  # an error there must not pass for the end of the graph


@contextmanager
def piped(pieces: Iterable[bytes]) -> Iterator[str]:
    """A path from which pieces of text can be read, once."""
    reading, writing = os.pipe()

    def feed() -> None:
        with os.fdopen(writing, "wb") as out:
            for piece in pieces:
                out.write(piece)

    with ThreadPoolExecutor(1) as thread:
        fed = thread.submit(feed)
        try:
            yield f"/dev/fd/{reading}"
        finally:
            os.close(reading)  # with no reader, writing ends
        fed.result()
