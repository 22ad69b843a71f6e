"""What the engine of ``MIECO_ENGINE`` can do, tried one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, RdfFormat, parse

from mieco.engine.far import Far
from mieco.engine.transcoding import READ_GRAPH, usual_name
from mieco.errors import MiecoError, Text
from mieco.releases import Release
from mieco.terms import GRAPH, SHAPES_GRAPH

_NOTHING: Final = GRAPH + "nothing"
_PROBES: Final = Path(__file__).parent / "probes"
_SECONDS: Final = 10.0
_COUNT_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was tried: what, whether all is well, and what was found."""

    what: Text
    well: bool
    found: Text


def probes(far: Far, release: Release | None) -> Iterator[Probe]:
    """Tries one thing after the other; nothing is changed by that.  Ends where nobody answers."""
    try:
        started = time.monotonic()
        found = far.found()
        took = round(1000 * (time.monotonic() - started))
        name = f"{found.product.name} ({found.server})" if found.server else found.product.name
        yield Probe(_REACHED, True, Text(f"{name}，{took} 毫秒", f"{name}, {took} ms"))
    except MiecoError as error:
        yield _failed(_REACHED, error)
        return
    yield _tried(_DATASET, lambda: _dataset(far))
    yield _tried(_GRAPHS, lambda: _named_graphs(far))
    yield _tried(_LANGUAGE, lambda: _language(far))
    yield _tried(_GRAPH_RESULTS, lambda: _graph(far))
    yield _tried(_DEADLINE, lambda: _deadline(far))
    if not (found.product.ours or found.product.read_only):
        yield _tried(_UPDATES, lambda: _updates(far))
    yield _tried(_RELEASE, lambda: _holds(far, release))
    if release is not None and not found.product.read_only:
        yield _tried(_CONTENT, lambda: _content(far, release))


def _tried(what: Text, probe: Callable[[], tuple[bool, Text]]) -> Probe:
    try:
        return Probe(what, *probe())
    except MiecoError as error:
        return _failed(what, error)


def _failed(what: Text, error: MiecoError) -> Probe:
    return Probe(what, False, Text(error.message("zh"), error.message("en")))


def _dataset(far: Far) -> tuple[bool, Text]:
    found = far.asked(_text("dataset.rq"), [("default-graph-uri", _NOTHING)], seconds=_SECONDS)
    return not found, _HELD if not found else _NOT_HELD


def _named_graphs(far: Far) -> tuple[bool, Text]:
    dataset = [("default-graph-uri", _NOTHING), ("named-graph-uri", _NOTHING)]
    found = far.asked(_text("graphs.rq"), dataset, seconds=_SECONDS)
    return not found, _HELD if not found else _NOT_HELD


def _language(far: Far) -> tuple[bool, Text]:
    rows = far.rows(_text("language.rq"), seconds=_SECONDS)
    number = rows[0].get("n") if len(rows) == 1 else None
    right = isinstance(number, Literal) and number.value == "2"
    return right, _RIGHT if right else _WRONG


def _graph(far: Far) -> tuple[bool, Text]:
    reply = far.checked(
        far.queries().ask([("query", _text("graph.rq"))], READ_GRAPH, seconds=_SECONDS)
    )
    form = RdfFormat.from_media_type(usual_name(reply.media_type))
    body = b"".join(reply.chunks)
    if form is None:
        return False, Text(reply.media_type, reply.media_type)
    try:
        quads = list(parse(body, format=form))
    except SyntaxError:
        return False, _WRONG
    right = [quad.object for quad in quads] == [Literal("产教", language="zh")]
    return right, _RIGHT if right else _WRONG


def _deadline(far: Far) -> tuple[bool, Text]:
    if how := far.product.deadline:
        return True, Text(f"用参数 {how[0]} 告知", f"told by the parameter {how[0]}")
    return True, Text(
        "该引擎不接受时限；到时本服务断开连接",
        "this engine takes none; the connection is broken when one is over",
    )


def _updates(far: Far) -> tuple[bool, Text]:
    far.update(_text("harmless.ru"), seconds=_SECONDS)
    return True, Text(f"可以写入（{far.updates().address}）", f"taken at {far.updates().address}")


def _holds(far: Far, release: Release | None) -> tuple[bool, Text]:
    pointer = far.pointer(seconds=_SECONDS)
    if pointer is None or release is None:
        return False, Text(
            "还没有发布到那里；请运行 mieco publish 或 mieco push",
            "nothing was published there yet; run 'mieco publish' or 'mieco push'",
        )
    if pointer.release is None:
        return True, Text("看不出是哪个发布", "which one that is cannot be told")
    here = release.manifest
    same = pointer.release == here.number and pointer.created in ("", here.created)
    there = " ".join(filter(None, (str(pointer.release), pointer.created)))
    return same, Text(
        f"那里是发布 {there}，这里是 {here.number} {here.created}",
        f"release {there} there, {here.number} {here.created} here",
    )


def _content(far: Far, release: Release) -> tuple[bool, Text]:
    """Is what is asked there, without a graph being named, as much as it can be?"""
    pointer = far.pointer(seconds=_SECONDS)
    form = [("default-graph-uri", pointer.graph.value)] if pointer and pointer.graph else []
    (row,) = far.rows(_text("size.rq"), form, seconds=_COUNT_SECONDS)
    count = row.get("triples")
    there = int(count.value) if isinstance(count, Literal) else 0
    sizes = [n for graph, n in release.manifest.graphs.items() if graph != SHAPES_GRAPH]
    return max(sizes, default=0) <= there <= sum(sizes), Text(
        f"默认图中有 {there} 条三元组，各图合计 {sum(sizes)} 条",
        f"{there} triples in the default graph, {sum(sizes)} in all graphs that it merges",
    )


def _text(name: str) -> str:
    return (_PROBES / name).read_text(encoding="utf-8")


_REACHED: Final = Text("连接", "reached")
_DATASET: Final = Text("按请求选择默认图", "default graph as the request names it")
_GRAPHS: Final = Text("按请求选择命名图", "named graphs as the request names them")
_LANGUAGE: Final = Text("SPARQL 1.1 查询", "SPARQL 1.1 queries")
_GRAPH_RESULTS: Final = Text("CONSTRUCT 的结果", "results of CONSTRUCT")
_DEADLINE: Final = Text("时限", "deadlines")
_UPDATES: Final = Text("SPARQL 更新", "SPARQL updates")
_RELEASE: Final = Text("所存的发布", "the release that is there")
_CONTENT: Final = Text("数据", "the data")
_HELD: Final = Text("照办", "as it should be")
_NOT_HELD: Final = Text(
    "不照办：会看到别的图", "not heeded: queries see other graphs than they should"
)
_RIGHT: Final = Text("正确", "right")
_WRONG: Final = Text("结果不对", "the results are wrong")
