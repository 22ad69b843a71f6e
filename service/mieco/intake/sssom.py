"""SSSOM: the metadata above a table of mappings, and the short names in it.

https://mapping-commons.github.io/sssom/ ; the slots are those of version 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from mieco.errors import BadInput, Text
from mieco.intake.link_targets import targets
from mieco.terms import PREFIXES

# Those that a file need not declare, and whose meaning it cannot change (SSSOM, "built-in").
_BUILT_IN = ("owl", "rdf", "rdfs", "semapv", "skos", "sssom", "xsd")
_MOST_LINES = 1_000
_LONGEST = 100_000
_DEEPEST = 10

# Why a mapping is held to be right: the values of mapping_justification.
JUSTIFICATIONS = (
    "MappingReview", "ManualMappingCuration", "LogicalReasoning", "LexicalMatching",
    "CompositeMatching", "UnspecifiedMatching", "SemanticSimilarityThresholdMatching",
    "LexicalSimilarityThresholdMatching", "MappingChaining", "MappingInversion",
    "StructuralMatching", "InstanceBasedMatching", "BackgroundKnowledgeBasedMatching",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What stands above the table: slots with their values, and the prefixes of short names."""

    slots: Mapping[str, Sequence[str]]
    prefixes: Mapping[str, str]

    def one(self, slot: str) -> str:
        """The value of a slot, the first of several; empty where there is none."""
        return next(iter(self.slots.get(slot, ())), "")

    def expanded(self, text: str) -> str | None:
        """The IRI that a text is or abbreviates; ``None`` for a prefix that is not declared.

        What has no colon is given back as it is.
        """
        prefix, colon, local = text.partition(":")
        if not colon or local.startswith("//"):
            return text
        if prefix in self.prefixes:
            return self.prefixes[prefix] + local
        return text if prefix in ("urn", "tag", "mailto") else None


def read_metadata(lines: Sequence[str], file: str) -> Metadata:
    """The metadata in the lines above a table, each with its ``#``; known prefixes come with it.

    Raises BadInput for what is no simple YAML mapping.
    """
    if len(lines) > _MOST_LINES or sum(map(len, lines)) > _LONGEST:
        raise _bad(file, Text("太长", "too long"))
    try:
        # Strings only: what looks like a date or a number stays as it is written.
        document = yaml.load("\n".join(line[1:] for line in lines), _Plain)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "YAML"
        raise _bad(file, Text(str(problem), str(problem)), mark.line + 1 if mark else 0) from None
    document = {} if document in (None, "") else document
    if not isinstance(document, dict):
        raise _bad(file, Text("不是“名称: 值”的形式", "not of the form 'name: value'"))
    given = document.pop("curie_map", None) or {}
    if not isinstance(given, dict) or not all(isinstance(iri, str) for iri in given.values()):
        raise _bad(file, Text("curie_map 应为“前缀: 地址”", "curie_map must be 'prefix: address'"))
    known = {key: target.prefix for key, target in targets().items()}
    built_in = {name: PREFIXES[name] for name in _BUILT_IN}
    return Metadata(
        slots={str(name): _texts(value) for name, value in document.items()},
        prefixes={**PREFIXES, **known, **given, **built_in},
    )


class _Plain(yaml.BaseLoader):
    """YAML as plain strings, lists and mappings; no aliases, which could make it grow."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        alias = self.check_event(yaml.AliasEvent)
        if alias or self.depth == _DEEPEST:
            problem = "aliases are not read" if alias else "nested too deep"
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, problem, mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(each for each in value if isinstance(each, str) and each)
    return (value,) if isinstance(value, str) and value else ()


def _bad(file: str, reason: Text, line: int = 0) -> BadInput:
    where = Text(f"{file} 第 {line} 行", f"{file}, line {line}") if line else file
    return BadInput(
        where=where,
        reason=Text(
            f"开头的元数据（SSSOM）无法读取（{reason.zh}）",
            f"has metadata (SSSOM) at its head that cannot be read ({reason.en})",
        ),
        todo=Text(
            "请改正以 # 开头的各行，或把它们删去。",
            "Mend the lines that begin with #, or remove them.",
        ),
    )
