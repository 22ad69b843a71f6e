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
from mieco.terms import GRAPH

_NOTHING: Final = GRAPH + "nothing"
_PROBES: Final = Path(__file__).parent / "probes"
_SECONDS: Final = 10.0


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
        "没有办法告知；到时断开连接", "it cannot be told; the connection is broken when it is over"
    )


def _updates(far: Far) -> tuple[bool, Text]:
    far.update(_text("harmless.ru"), seconds=_SECONDS)
    return True, Text(f"可以写入（{far.updates().address}）", f"taken at {far.updates().address}")


def _holds(far: Far, release: Release | None) -> tuple[bool, Text]:
    pointer = far.pointer(seconds=_SECONDS)
    here = release.manifest.number if release else None
    there = pointer.release if pointer else None
    if pointer is None:
        return False, Text(
            "还没有发布到那里；请运行 mieco push",
            "nothing was published there yet; run 'mieco push'",
        )
    if there is None:
        return True, Text("看不出是哪个发布", "which release that is cannot be told")
    return there == here, Text(
        f"那里是发布 {there}，这里是 {here}", f"release {there} there, {here} here"
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
_HELD: Final = Text("照办", "as it should be")
_NOT_HELD: Final = Text(
    "不照办：会看到别的图", "not heeded: queries see other graphs than they should"
)
_RIGHT: Final = Text("正确", "right")
_WRONG: Final = Text("结果不对", "the results are wrong")
