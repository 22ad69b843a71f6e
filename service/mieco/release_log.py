"""What the audit log tells of releases: their numbers, those removed, and which was current last.

An entry may come late: a delivery is published by one process, and what came of it is entered by
another, when somebody may have undone it already.  So it is not the order of entries that tells
which release is current, but that an undo names the release which was left.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mieco.audit import FILE as AUDIT
from mieco.audit import AuditLog, Entry

# As it stands in a line; a text that somebody has sent has a backslash before its quotation marks.
_NUMBERS = re.compile(rb'"release":([0-9]{1,18})')
# These put a release in the place of what was current, whatever that was.
_REPLACING = {"repair", "restore"}


@dataclass(slots=True)
class ReleaseLog:
    """What was entered of the releases of one directory.

    ``made`` became current at some time; of these ``left`` were undone, or gone back behind, and
    ``removed`` were old.  ``at`` is the time of the last entry of a release, empty without any.
    """

    made: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    at: str = ""

    @classmethod
    def of(cls, data: Path) -> ReleaseLog:
        """What the log of a directory tells, without what cannot be read.  Raises NotWritable."""
        told = cls()
        for entry, about in _ended(AuditLog(data)):
            told._add(entry, about)
        return told

    @property
    def current(self) -> int | None:
        """The release that was made current last.

        The number of a release is higher than those of all before it, and an undo goes back to the
        one that was current before: so it is the highest of those that nobody has left.
        """
        return max(self.made - self.left, default=None)

    def _add(self, entry: Entry, about: Mapping[str, Any]) -> None:
        if entry.action == "prune":
            self.removed |= {each for each in about.get("removed", []) if isinstance(each, int)}
        number, undone = about.get("release"), about.get("undone")
        if not isinstance(number, int):
            return
        if isinstance(undone, int):
            self.left.add(undone)
        elif entry.action == "undo" or entry.action in _REPLACING:
            # Entries of earlier versions do not name it; these stand in order, mostly.
            self.left |= {each for each in self.made if each > number}
            self.left.discard(number)
        self.made.add(number)
        self.at = entry.at


def highest_number(data: Path) -> int:
    """The highest number of a release that is in the log, 0 without any.

    All of it is read, but no entry is taken apart: that takes less than a millisecond for each
    thousand of them.
    """
    try:
        with (data / AUDIT).open("rb") as file:
            log = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # there is none, or nothing in it
        return 0
    with log:
        return max(map(int, _NUMBERS.findall(log)), default=0)


def _ended(log: AuditLog) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    """The entries of what was done, each with what is said of it at its begin and at its end."""
    begun: dict[int, Mapping[str, Any]] = {}
    for entry in log.entries():
        if entry.state == "begun":
            begun[entry.number] = entry.about
            continue
        before = begun.pop(entry.of, {}) if entry.of else {}
        if entry.state == "done":
            yield entry, {**before, **entry.about}
