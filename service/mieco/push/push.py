"""A release sent to an engine, and switched to there by one update.

The graphs of the release are sent, in pieces, into stage graphs; then one update moves these to
their names and says which release is there now.  Until that the engine answers from the old one,
whatever happens here; sending again goes on after the last piece that came.  A small change to the
release that is there goes as one update, without a stage.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from mieco.delta import Delta, has_delta, kept_delta
from mieco.engine.far import Far
from mieco.engine.pointer import Pointer
from mieco.engine.snapshot import manifest_of
from mieco.errors import (
    DeadlineExceeded,
    EngineLost,
    EngineNotWritable,
    EngineUncertain,
    MiecoError,
    Text,
)
from mieco.progress import Progress
from mieco.push import updates
from mieco.push.chunks import as_line, pieces
from mieco.push.inference import infer_there
from mieco.push.sizes import size_of
from mieco.releases import Release
from mieco.terms import INFERRED_GRAPH, SHAPES_GRAPH

_STAGES = (Path(__file__).parent / "stages.rq").read_text(encoding="utf-8")
_INFERRED, _SHAPES = NamedNode(INFERRED_GRAPH), NamedNode(SHAPES_GRAPH)
# A piece, a count, and the switch of all graphs may take so long.
_PIECE_SECONDS, _COUNT_SECONDS, _SWITCH_SECONDS = 120.0, 600.0, 3600.0
# So often it is looked, once a second, what became of an update that was not answered.
_LOOKS = 5


def push(release: Release, far: Far, progress: Progress | None = None) -> None:
    """Brings a release to an engine, if it is not there; it answers from that one then.

    Raises EngineNotWritable, and as :meth:`mieco.engine.far.Far.found`; the engine then goes on
    with what it has.
    """
    product = far.product
    if product.ours or product.read_only:
        raise EngineNotWritable(
            engine=product.name, reason=_OURS if product.ours else _READ_ONLY, todo=_NO_PUSH
        )
    pointer = far.pointer()
    if _holds(pointer, release):
        return
    store = Store.read_only(str(release.store))
    if pointer and (delta := _change(release, pointer)) and len(delta) <= product.batch:
        _send_change(release, delta, store, far, pointer)
    else:
        _Sending(release, store, far, pointer, progress or Progress()).send()


# ------------------------------------------------------------------------ a small change


def _change(release: Release, pointer: Pointer) -> Delta | None:
    """What leads from the release that is there to this one, if that is known."""
    there = release.folder.parent / str(pointer.release)
    if pointer.graph is None or not (there / "manifest.json").exists():
        return None
    before = manifest_of(there)
    if before["created"] != pointer.created:
        return None  # another one, which has that number, too
    if release.manifest.before == pointer.release and has_delta(release.folder):
        return kept_delta(release.folder)
    if before["before"] == release.manifest.number and has_delta(there):
        return _reversed(kept_delta(there))
    return None


def _reversed(delta: Delta) -> Delta:
    return Delta(delta.removed, delta.added)


def _send_change(release: Release, delta: Delta, store: Store, far: Far, pointer: Pointer) -> None:
    """Makes a change there by one update, in the graphs and in their merge."""
    merged = pointer.graph
    assert merged is not None  # noqa: S101 (where there is none no change is sent)
    gone, come = _by_graph(delta.removed), _by_graph(delta.added)
    gone[merged] = [as_line(q) for q in delta.removed if not _is_merged(q, store)]
    come[merged] = [as_line(q) for q in delta.added if q.graph_name != _SHAPES]
    text = updates.together(
        [
            updates.deleted(gone),
            updates.added(come),
            *updates.pointed(_pointer(release, merged, pointer.replaced)),
        ]
    )
    _switch(far, text, release, _PIECE_SECONDS)


def _switch(far: Far, text: str, release: Release, seconds: float) -> None:
    """Makes the update by which the engine switches to a release.

    Where no answer comes, what the engine holds tells whether it was made.  Raises EngineUncertain
    where that does not tell, either: it may be at work still.
    """
    try:
        far.update(text, seconds=seconds)
    except (EngineLost, DeadlineExceeded):
        for _ in range(_LOOKS):
            with contextlib.suppress(MiecoError):
                if _holds(far.pointer(), release):
                    return
            time.sleep(1)
        number = release.manifest.number
        raise EngineUncertain(engine=far.product.name, release=number) from None


def _holds(pointer: Pointer | None, release: Release) -> bool:
    """Is this the release that the engine holds?"""
    here = release.manifest
    there = pointer and (pointer.release, pointer.created)
    return there == (here.number, here.created)


def _by_graph(quads: Collection[Quad]) -> dict[NamedNode, Sequence[str]]:
    found: defaultdict[NamedNode, list[str]] = defaultdict(list)
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode):
            found[quad.graph_name].append(as_line(quad))
    return dict(found)


def _is_merged(quad: Quad, store: Store) -> bool:
    """Does a triple stand in a graph of the merged default graph still?"""
    found = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    return any(each.graph_name != _SHAPES for each in found)


# ------------------------------------------------------------------------ a whole release


@dataclass(frozen=True, slots=True)
class _Staged:
    """A graph of the release, where it waits, and how many triples it has."""

    graph: NamedNode
    stage: NamedNode
    triples: int


class _Sending:
    """Sends a whole release."""

    def __init__(
        self,
        release: Release,
        store: Store,
        far: Far,
        before: Pointer | None,
        progress: Progress,
    ) -> None:
        self._manifest = release.manifest
        self._release = release
        self._store = store
        self._far = far
        self._before = before or Pointer(None)
        self._progress = progress
        self._there = far.settings.engine_inference == "there"
        product = far.product
        # With what was there before it in its name, no graph that stands there still is sent to.
        self._stage = _name_of(
            release,
            self._there,
            product.name,
            product.batch,
            product.blank_batch,
            self._before.triples(),
        )
        self._prefix = f"{updates.STAGE}{self._stage}/"
        self._merged = updates.merged_graph(self._stage)
        self._staged = [
            _Staged(NamedNode(graph), updates.stage_graph(self._stage, place), triples)
            for place, (graph, triples) in enumerate(self._manifest.graphs.items())
        ]

    def send(self) -> None:
        """Sends what is not there yet, infers there if it is set so, checks, and switches."""
        done = self._done()
        self._progress.begin("sending", sum(each.triples for each in self._staged))
        for staged in self._staged:
            if not (self._there and staged.graph == _INFERRED):
                self._send_graph(staged, done.get(staged.stage, 0))
        if self._there:
            self._infer()
        for staged in self._staged:
            self._check(staged)
        self._check_merged()
        self._progress.begin("switching")
        _switch(self._far, updates.together(self._switch()), self._release, _SWITCH_SECONDS)

    def _done(self) -> dict[NamedNode, int]:
        """How many pieces of each stage graph are there; what is left of others is removed."""
        found: dict[NamedNode, int] = {}
        for row in self._far.rows(_STAGES, seconds=_PIECE_SECONDS):
            graph, pieces = row.get("graph"), row.get("done")
            if isinstance(graph, NamedNode) and isinstance(pieces, Literal):
                found[graph] = int(pieces.value)
        if any(not graph.value.startswith(self._prefix) for graph in found):
            self._forget(found)
            return {}
        return found

    def _forget(self, graphs: Iterable[NamedNode]) -> None:
        """Removes stage graphs, and the merged graphs that belong to them."""
        stages = {graph.value.removeprefix(updates.STAGE).partition("/")[0] for graph in graphs}
        merged = [updates.merged_graph(stage) for stage in sorted(stages)]
        text = updates.together(updates.dropped([*graphs, *merged, updates.STAGES]))
        self._far.update(text, seconds=_SWITCH_SECONDS)

    def _send_graph(self, staged: _Staged, done: int) -> None:
        into = [staged.stage] if staged.graph == _SHAPES else [staged.stage, self._merged]
        product = self._far.product
        sent = pieces(self._store, staged.graph, product.batch, product.blank_batch)
        for place, piece in enumerate(sent, start=1):
            if place > done:
                mark = updates.marked(staged.stage, place)
                self._far.update(updates.inserted(piece, into, mark), seconds=_PIECE_SECONDS)
            self._progress.step(len(piece.lines))

    def _infer(self) -> None:
        stages = {each.graph.value: each.stage for each in self._staged}
        if _INFERRED.value in stages:
            self._progress.begin("inferring")
            infer_there(self._release, stages, self._merged, self._far)

    def _check(self, staged: _Staged) -> None:
        """Raises EngineNotWritable where not all of a graph has come."""
        there = size_of(staged.stage, self._far, seconds=_COUNT_SECONDS)
        if there != staged.triples:
            self._refuse(staged.graph.value, staged.triples, there)

    def _check_merged(self) -> None:
        """Raises EngineNotWritable where the merged graph cannot be that of all the others."""
        sizes = [each.triples for each in self._staged if each.graph != _SHAPES]
        there = size_of(self._merged, self._far, seconds=_COUNT_SECONDS)
        if not max(sizes, default=0) <= there <= sum(sizes):
            self._refuse("merged", sum(sizes), there)

    def _refuse(self, graph: str, here: int, there: int) -> None:
        """Raises EngineNotWritable; what was sent is removed."""
        self._forget([each.stage for each in self._staged])
        raise EngineNotWritable(
            engine=self._far.product.name,
            reason=Text(
                f"图 {graph} 应有 {here} 条三元组，那里有 {there} 条",
                f"the graph {graph} has {here} triples here and {there} there",
            ),
            todo=_AGAIN,
        )

    def _switch(self) -> Iterator[str]:
        kept = {each.graph for each in self._staged if each.triples}
        gone = sorted(self._before.graphs - kept, key=str)
        if self._before.replaced:
            gone.append(self._before.replaced)
        yield from updates.dropped(gone)
        for each in self._staged:
            if each.triples:
                yield updates.moved(each.stage, each.graph)
        yield from updates.dropped([updates.STAGES])
        # The merged graph of the release before stays until the next switch: it is asked until
        # everybody has seen that there is another.
        yield from updates.pointed(_pointer(self._release, self._merged, self._before.graph))


def _pointer(release: Release, merged: NamedNode, replaced: NamedNode | None) -> Pointer:
    manifest = release.manifest
    graphs = frozenset(map(NamedNode, manifest.graphs))
    return Pointer(manifest.number, manifest.created, merged, replaced, graphs)


def _name_of(release: Release, *how: object) -> str:
    """A name for a release that is sent in some way to some place, always the same."""
    told = repr((release.manifest.created, sorted(release.manifest.graphs.items()), how))
    return f"{release.manifest.number}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


_NO_PUSH = Text(
    "请改用 docs/remote-engines.md 中的办法。", "docs/remote-engines.md tells what to do instead."
)
_AGAIN = Text(
    "那里送到一半的内容已删除；再次发布会从头送起。",
    "What was sent has been removed there; publishing again begins anew.",
)
_OURS = Text(
    "那里是另一个 mieco，它自己用 mieco pull 取发布",
    "it is a mieco, which fetches releases by itself with 'mieco pull'",
)
_READ_ONLY = Text("这种引擎的数据由别的办法装入", "its data are put there in other ways")
