"""An N-Triples file with an index of what it is about: little memory, whatever its size."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

# Where the lines about a thing begin, one number for each run of lines.
_Places = dict[bytes, "array[int]"]


class TripleFile:
    """Finds the lines of a file by their subject, and for a few predicates by their object.

    Terms are written as in N-Triples: ``<iri>`` or ``_:label``.
    """

    def __init__(self, path: Path, inverse: Iterable[str]) -> None:
        """Reads the file once; ``inverse`` names the predicates to find objects by."""
        self._file = path.open("rb")
        self._subjects: _Places = {}
        self._objects: _Places = {}
        wanted = {f"<{predicate}>".encode() for predicate in inverse}
        before, place = b"", 0
        for line in self._file:
            subject, predicate, rest = line.split(b" ", 2)
            if subject != before:
                self._subjects.setdefault(subject, array("Q")).append(place)
                before = subject
            if predicate in wanted:
                self._objects.setdefault(rest[:-3], array("Q")).append(place)
            place += len(line)

    @property
    def things(self) -> list[str]:
        """What the file is about, in the order in which it is first mentioned."""
        return [_plain(subject.decode()) for subject in self._subjects]

    def about(self, term: str) -> Iterator[bytes]:
        """The lines whose subject a term is."""
        name = term.encode()
        for place in self._subjects.get(name, ()):
            self._file.seek(place)
            for line in self._file:
                if not line.startswith(name + b" "):
                    break
                yield line

    def mentioning(self, term: str) -> Iterator[bytes]:
        """The lines that lead to a term by one of the inverse predicates."""
        for place in self._objects.get(term.encode(), ()):
            self._file.seek(place)
            yield self._file.readline()

    def close(self) -> None:
        self._file.close()


def _plain(term: str) -> str:
    """An IRI without its brackets; a blank node as it is."""
    return term[1:-1] if term.startswith("<") else term
