"""A release that is too large for memory: what queries see of it, made once and kept on disk.

    DIR/releases/1/     or, where nothing is written there, SCRATCH/on-disk/1-…/
      merged/       the dataset with its merged default graph
      asserted/     the same without what is inferred
      merged.json   that they are whole, the size of the first, whether no triple stands in
                    two graphs, and whether queries want the asserted ones
      merged.lock   held by the process that makes them

RocksDB keeps threads of its own, which must not live in a process that forks.  So the stores are
made in a child of the zygote, and every worker opens them for itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Store

from mieco.delta import has_delta, kept_delta
from mieco.engine.following import change_merged
from mieco.engine.loading import is_disjoint, merged_store, wants_asserted
from mieco.engine.sandbox import in_child
from mieco.engine.sizes import sizes_of
from mieco.engine.snapshot import manifest_of
from mieco.engine.views import Stores
from mieco.terms import INFERRED_GRAPH

_MERGED, _ASSERTED, _MARK = "merged", "asserted", "merged.json"
_INFERRED = NamedNode(INFERRED_GRAPH)
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A release, and the folder in which stores are made of it: its own, or one in ``apart``."""

    release: Path
    apart: Path | None = None

    @property
    def place(self) -> Path:
        """Where its stores are.  Raises OSError where the release is not there."""
        if self.apart is None:
            return self.release
        # Another release of that number has another manifest.
        digest = hashlib.sha256((self.release / "manifest.json").read_bytes()).hexdigest()
        return self.apart / f"{self.release.name}-{digest[:_DIGITS]}"

    def prepare(self) -> None:
        """Sees that the stores are there.  Raises OSError where they cannot be made."""
        place = self.place
        place.mkdir(parents=True, exist_ok=True)
        with (place / "merged.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._is_made():
                return
            part = place / "merged.part"
            in_child(partial(self._make_merged, part))
            if _read(part)["asserted"]:
                in_child(partial(self._make, _ASSERTED))
            part.replace(place / _MARK)

    def opened(self, *, strict: bool, rewrite: bool) -> Stores:
        """The stores, which were prepared, for this process alone."""
        release, place = self.release, self.place
        merged = Store.read_only(str(place / _MERGED))
        foreign = Store.read_only(str(release / "store")) if strict else merged
        told = _read(place / _MARK)
        asserted = Store.read_only(str(place / _ASSERTED)) if told["asserted"] else None
        sizes = sizes_of(release, manifest_of(release), merged) if rewrite else None
        return Stores(
            merged, foreign, asserted, told["disjoint"], told["quads"], sizes, on_disk=True
        )

    def _is_made(self) -> bool:
        mark = self.place / _MARK
        return mark.exists() and "quads" in _read(mark)  # an earlier version did not tell them

    def _make_merged(self, mark: Path) -> None:
        store, grown = self._make(_MERGED)
        before = self._before()
        quads = len(store)
        if grown is not None and before is not None:
            quads = _read(before / _MARK)["quads"] + grown
        disjoint = is_disjoint(quads, manifest_of(self.release))
        wanted = wants_asserted(store, disjoint=disjoint)
        told = {"quads": quads, "disjoint": disjoint, "asserted": wanted}
        mark.write_text(json.dumps(told), encoding="utf-8")

    def _before(self) -> Path | None:
        """Where the stores are of the release that this one was made from, if they are made."""
        number = manifest_of(self.release)["before"]
        before = OnDisk(self.release.parent / str(number), self.apart)
        try:
            return before.place if before._is_made() else None
        except OSError:  # it is not here
            return None

    def _make(self, name: str) -> tuple[Store, int | None]:
        """One of the stores; by how many quads it grew, if it was made from that before."""
        release, folder, before = self.release, self.place / name, self._before()
        graphs = {NamedNode(iri) for iri in manifest_of(release)["graphs"]}
        inferred, grown = name == _MERGED, None
        shutil.rmtree(folder, ignore_errors=True)  # of somebody who did not come to an end
        if before is not None and has_delta(release) and (before / name).exists():
            Store.read_only(str(before / name)).backup(folder)  # by hard links
            store, delta = Store(folder), kept_delta(release)
            if inferred:
                grown = change_merged(store, delta, graphs)
            else:
                grown = change_merged(store, delta.without(_INFERRED), graphs - {_INFERRED})
        else:
            store = merged_store(release, partial(Store, folder), inferred=inferred)
            store.optimize()
        store.flush()
        return store, grown


def _read(mark: Path) -> Any:
    return json.loads(mark.read_text(encoding="utf-8"))
