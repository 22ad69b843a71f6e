"""What publishing changes, as JSON and as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mieco.comparison import Comparison, Kind, Statement, ThingChange
from mieco.errors import Language, Text

KINDS: dict[Kind, Text] = {
    "removed": Text("删除", "removed"),
    "changed": Text("更改", "changed"),
    "added": Text("新增", "added"),
}
_MARKS: dict[Kind, str] = {"removed": "-", "changed": "~", "added": "+"}
# So many lines of each part go to a terminal.
_LINES = 20


def as_json(comparison: Comparison) -> dict[str, Any]:
    """All that is told of a comparison; the counts are complete, the lists may be the first."""
    added, removed = comparison.triples
    inferred, withdrawn = comparison.facts
    return {
        "counts": dict(comparison.counts),
        "triples": {"added": added, "removed": removed},
        "things": [_thing_json(thing) for thing in comparison.things],
        "facts": {"inferred": inferred, "withdrawn": withdrawn},
        "inferred": [_statement_json(each) for each in comparison.inferred],
        "withdrawn": [_statement_json(each) for each in comparison.withdrawn],
    }


def _thing_json(thing: ThingChange) -> dict[str, Any]:
    return {
        "kind": thing.kind,
        "iri": thing.iri or None,
        "zh": thing.name.zh,
        "en": thing.name.en,
        "before": [_statement_json(each) for each in thing.before],
        "after": [_statement_json(each) for each in thing.after],
    }


def _statement_json(said: Statement) -> dict[str, Any]:
    return {
        language: {
            "subject": said.subject.in_(language),
            "property": said.property.in_(language),
            "value": said.value.in_(language),
        }
        for language in ("zh", "en")
    }


def lines(comparison: Comparison, language: Language) -> Iterator[str]:
    """A comparison as a terminal shows it: counts, then the first things and facts."""
    counts = comparison.counts
    yield Text(
        f"新增 {counts['added']} 项，更改 {counts['changed']} 项，删除 {counts['removed']} 项",
        f"{counts['added']} things added, {counts['changed']} changed, {counts['removed']} removed",
    ).in_(language)
    for thing in comparison.things[:_LINES]:
        yield f"{_MARKS[thing.kind]} {thing.name.in_(language)}"
        if thing.kind == "changed":
            yield from _said(thing.before, "    - ", language)
            yield from _said(thing.after, "    + ", language)
    yield from _more(sum(counts.values()), comparison.things, language)
    inferred, withdrawn = comparison.facts
    yield Text(
        f"推理结果：新增 {inferred} 条，失去 {withdrawn} 条",
        f"inferred facts: {inferred} more, {withdrawn} no longer",
    ).in_(language)
    yield from _facts(comparison.inferred, "+ ", language)
    yield from _more(inferred, comparison.inferred, language)
    yield from _facts(comparison.withdrawn, "- ", language)
    yield from _more(withdrawn, comparison.withdrawn, language)


def _said(statements: Sequence[Statement], mark: str, language: Language) -> Iterator[str]:
    colon = Text("：", ": ").in_(language)
    for each in statements:
        yield f"{mark}{each.property.in_(language)}{colon}{each.value.in_(language)}"


def _facts(statements: Sequence[Statement], mark: str, language: Language) -> Iterator[str]:
    for each in statements[:_LINES]:
        words = (each.subject, each.property, each.value)
        yield mark + " · ".join(word.in_(language) for word in words)


def _more(count: int, told: Sequence[object], language: Language) -> Iterator[str]:
    more = count - min(len(told), _LINES)
    if more > 0:
        yield Text(f"  还有 {more} 项", f"  and {more} more").in_(language)
