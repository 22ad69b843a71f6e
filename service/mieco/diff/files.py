"""Each file that the changes from one release to another can be had as.

    mieco-4..5.json   counts by graph, and the things that changed
    mieco-4..5.patch  RDF Patch            mieco-4..5.ru          SPARQL Update
    mieco-4..5.nq     what is new          mieco-4..5.removed.nq  what is gone

Before release 1 there was nothing: ``0`` stands for that.  Each may be compressed (``.gz``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from pyoxigraph import Store

from mieco.diff.account import is_asserted, tell_things
from mieco.diff.compare import Difference, compare
from mieco.diff.forms import write_added, write_patch, write_removed
from mieco.diff.update import write_update
from mieco.dumps.forms import EXTENSIONS, MEDIA_TYPES, Compression, compressed
from mieco.manifest import Manifest
from mieco.releases import Releases
from mieco.terms import BASE

NOTHING: Final = 0

# The media types of the forms, by the extension of their files.
FORMS: Final[Mapping[str, str]] = {
    "json": "application/json",
    "patch": "application/rdf-patch",
    "ru": "application/sparql-update",
    "nq": "application/n-quads",
    "removed.nq": "application/n-quads",
}


@dataclass(frozen=True, slots=True)
class ChangesFile:
    """What leads from one release to another, in one form; perhaps of asserted graphs alone."""

    before: int
    after: int
    form: str
    asserted: bool = False
    compression: Compression = "none"

    @property
    def name(self) -> str:
        part = ".asserted" if self.asserted else ""
        end = f".{EXTENSIONS[self.compression]}" if self.compression != "none" else ""
        return f"mieco-{self.before}..{self.after}{part}.{self.form}{end}"

    @property
    def place(self) -> str:
        """Where it is kept among the files that were made."""
        return f"changes/{self.name}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES.get(self.compression, FORMS[self.form])

    def write(self, releases: Releases, out: IO[bytes]) -> None:
        """Makes the file.  Raises NotFound where a release is not there."""
        states = State.open(releases, self.before), State.open(releases, self.after)
        difference = differences(*states, asserted=self.asserted)
        with compressed(out, self.compression) as packed:
            write_changes(*states, difference, self.form, packed)


@dataclass(frozen=True, slots=True)
class State:
    """A release that is compared, or the nothing before the first."""

    store: Store
    manifest: Manifest | None

    @classmethod
    def open(cls, releases: Releases, number: int) -> State:
        """Raises NotFound or BadRelease."""
        if number == NOTHING:
            return cls(Store(), None)
        release = releases.open(number)
        return cls(Store.read_only(str(release.store)), release.manifest)

    @property
    def number(self) -> int:
        return self.manifest.number if self.manifest else NOTHING

    @property
    def iri(self) -> str:
        return f"{BASE}release/{self.number}"

    @property
    def told(self) -> dict[str, Any]:
        """What it is, as JSON."""
        created = self.manifest.created if self.manifest else None
        return {"release": self.number, "created": created}


def differences(before: State, after: State, *, asserted: bool) -> Difference:
    """What leads from one state to another, perhaps in asserted graphs alone."""
    return compare(before.store, after.store, is_asserted if asserted else lambda _: True)


def write_changes(
    before: State, after: State, difference: Difference, form: str, out: IO[bytes]
) -> None:
    """Writes a difference in one of the forms."""
    match form:
        case "patch":
            write_patch(difference, before.iri, after.iri, out)
        case "ru":
            write_update(difference, out)
        case "nq":
            write_added(difference, out)
        case "removed.nq":
            write_removed(difference, out)
        case _:
            told = {
                "before": before.told,
                "after": after.told,
                "added": difference.added,
                "removed": difference.removed,
                "graphs": tell_things(difference, before.store, after.store),
            }
            out.write(json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
