"""How old what is served is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from mieco.ask.page_queries import rows_of
from mieco.conformance.outcome import Outcome
from mieco.engine.base import Engine, text_of
from mieco.errors import Text
from mieco.publish.own import is_stale
from mieco.releases import Release

_NEWEST = {
    "document": Text("最新的文献", "newest document"),
    "figure": Text("最新的指标数据", "newest figure"),
}
_OF_THIS_VERSION = Text(
    "本体、形状、问题和规则与程序同版",
    "ontology, shapes, questions and rules are of this version",
)
_RENEW = Text(
    "由另一版本生成；mieco publish 可以更新", "made with another; 'mieco publish' renews it"
)


def examine_freshness(engine: Engine, release: Release, *, seconds: float) -> Iterator[Outcome]:
    """When the release was made, of what, and how new what it tells is."""
    created = release.manifest.created
    days = (datetime.now(UTC) - datetime.fromisoformat(created)).days
    yield Outcome(
        "release",
        Text("当前发布", "current release"),
        True,
        Text(f"{created}，{days} 天前", f"{created}, {days} days ago"),
    )
    stale = is_stale(release)
    told = _RENEW if stale else Text("是", "yes")
    yield Outcome("own-files", _OF_THIS_VERSION, not stale, told)
    for row in rows_of(engine, "freshness", seconds=seconds):
        for name, what in _NEWEST.items():
            day = text_of(row[name]) if name in row else ""
            yield Outcome(name, what, True, Text(day or "没有", day or "none"))
