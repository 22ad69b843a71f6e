"""The list of a rule set, for people: each axiom, its rules, and why some have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from mieco.reason.ruleset import RuleSet

_HEAD = """# Rules · 规则

What inference makes of every axiom: `mieco ontology rules` writes this list, and a test keeps
it in step. How to read it: [inference.md](inference.md).

推理把每一条公理变成了哪些规则；由 `mieco ontology rules` 生成。
读法见 [inference.md](inference.md)。
"""


def as_markdown(rules: RuleSet) -> str:
    """The list in Markdown, in both languages where it has sentences."""
    return "\n".join(_lines(rules)) + "\n"


def _lines(rules: RuleSet) -> Iterator[str]:
    yield _HEAD
    without = Counter(axiom.kind for axiom, texts, _ in rules.listing() if not texts)
    yield "| kind of axiom · 公理种类 | axioms · 条数 | in no rule · 没有规则 |"
    yield "|---|---|---|"
    for kind, count in Counter(axiom.kind for axiom in rules.axioms).items():
        yield f"| {kind} | {count} | {without[kind]} |"
    for kind, group in groupby(rules.listing(), key=lambda entry: entry[0].kind):
        yield f"\n## {kind}\n"
        for axiom, texts, reasons in group:
            yield f"- `{axiom.text}`"
            yield from (f"  - `{text}`" for text in texts)
            yield from (f"  - {reason.en} · {reason.zh}" for reason in reasons)
