"""A release that is too large for memory: what queries see of it, made once and kept on disk.

    DIR/releases/1/
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
import json
import shutil
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


def prepare(release: Path) -> None:
    """Sees that the stores of a release are there.  Raises OSError where they cannot be made."""
    with (release / "merged.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_made(release):
            return
        part = release / "merged.part"
        in_child(partial(_make_merged, release, part))
        if _read(part)["asserted"]:
            in_child(partial(_make, release, _ASSERTED))
        part.replace(release / _MARK)


def opened(release: Path, *, strict: bool, rewrite: bool) -> Stores:
    """The stores of a release that is prepared, for this process alone."""
    merged = Store.read_only(str(release / _MERGED))
    foreign = Store.read_only(str(release / "store")) if strict else merged
    told = _read(release / _MARK)
    asserted = Store.read_only(str(release / _ASSERTED)) if told["asserted"] else None
    sizes = sizes_of(release, manifest_of(release), merged) if rewrite else None
    return Stores(merged, foreign, asserted, told["disjoint"], told["quads"], sizes, on_disk=True)


def _is_made(release: Path) -> bool:
    mark = release / _MARK
    return mark.exists() and "quads" in _read(mark)  # an earlier version did not tell them


def _read(mark: Path) -> Any:
    return json.loads(mark.read_text(encoding="utf-8"))


def _make_merged(release: Path, mark: Path) -> None:
    store, grown = _make(release, _MERGED)
    quads = len(store) if grown is None else _read(_before(release) / _MARK)["quads"] + grown
    disjoint = is_disjoint(quads, manifest_of(release))
    wanted = wants_asserted(store, disjoint=disjoint)
    told = {"quads": quads, "disjoint": disjoint, "asserted": wanted}
    mark.write_text(json.dumps(told), encoding="utf-8")


def _before(release: Path) -> Path:
    """Where the release is, or was, from which one was made."""
    return release.parent / str(manifest_of(release)["before"])


def _make(release: Path, name: str) -> tuple[Store, int | None]:
    """A store of a release; by how many quads it grew, if it was made from that before."""
    folder, before = release / name, _before(release)
    graphs = {NamedNode(iri) for iri in manifest_of(release)["graphs"]}
    inferred, grown = name == _MERGED, None
    shutil.rmtree(folder, ignore_errors=True)  # of somebody who did not come to an end
    if has_delta(release) and _is_made(before) and (before / name).exists():
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
