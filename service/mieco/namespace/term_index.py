"""All terms as trees, and those of them that somebody looks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mieco.ask.own_vocabulary import Kind, OwnTerm
from mieco.errors import Text
from mieco.namespace.hierarchy import Branch
from mieco.namespace.term_page import count_as_json
from mieco.namespace.usage import Use
from mieco.namespace.vocabulary import KINDS, Vocabulary


@dataclass(frozen=True, slots=True)
class Trees:
    """The terms of a kind as trees: ``size`` of them, of which ``found`` are looked for."""

    kind: Kind
    size: int
    found: int
    trees: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class SchemeTree:
    """A concept scheme with its concepts as trees."""

    iri: str
    size: int
    found: int
    trees: Sequence[Branch]


@dataclass(frozen=True, slots=True)
class Index:
    """The trees of a version; ``hits`` are the IRIs that match what is looked for."""

    kinds: Sequence[Trees]
    schemes: Sequence[SchemeTree]
    hits: Collection[str]

    @property
    def found(self) -> int:
        return len(self.hits)


def read_index(vocabulary: Vocabulary, use: Use, text: str, *, inferred: bool) -> Index:
    """The trees, with what inference adds or without; with a text, what bears it and what is above.

    A text is looked for in names, and in definitions, in both languages.
    """
    wanted = text.strip().casefold()
    hits = frozenset(_hits(vocabulary, wanted)) if wanted else frozenset[str]()
    above = use.above if inferred else {}
    kinds = []
    for kind in KINDS:
        trees = vocabulary.hierarchy(kind, above).trees()
        shown = list(_with(trees, hits)) if wanted else trees
        size = len(vocabulary.of_kind(kind))
        kinds.append(Trees(kind, size, _count(shown, hits) if wanted else size, shown))
    schemes = []
    for scheme in vocabulary.schemes:
        trees = scheme.concepts.trees()
        shown = list(_with(trees, hits)) if wanted and scheme.iri not in hits else trees
        if shown:
            found = _count(shown, hits) if wanted else scheme.size
            schemes.append(SchemeTree(scheme.iri, scheme.size, found, shown))
    return Index(kinds, schemes, hits)


def names_of(term: OwnTerm) -> str:
    """All that a term may be looked for by, for the script that filters while one types."""
    return " ".join(dict.fromkeys(n.casefold() for n in term.names() if "://" not in n))


def index_as_json(vocabulary: Vocabulary, use: Use, index: Index) -> dict[str, Any]:
    """The terms of a version for programs, those that were looked for."""
    entries = vocabulary.entries.items()
    return {
        "version": vocabulary.version.number,
        "terms": [
            {
                "iri": iri,
                "name": entry.term.name,
                "kind": entry.term.kind,
                "label": _text(vocabulary.labels.get(iri)),
                "module": vocabulary.homes[iri].name,
                "deprecated": entry.term.deprecated,
                "above": entry.term.parents,
                "inferred_above": list(use.above.get(iri, ())),
                "count": count_as_json(use.counts.get(iri)),
            }
            for iri, entry in entries
            if not index.hits or iri in index.hits
        ],
        "schemes": [
            {
                "iri": scheme.iri,
                "label": _text(vocabulary.labels.get(scheme.iri)),
                "concepts": [
                    {
                        "iri": branch.iri,
                        "label": _text(vocabulary.labels.get(branch.iri)),
                        "uses": use.concepts.get(branch.iri),
                    }
                    for branch in _each(scheme.trees)
                ],
            }
            for scheme in index.schemes
        ],
    }


def _text(label: Text | None) -> dict[str, str] | None:
    return {"zh": label.zh, "en": label.en} if label else None


def _hits(vocabulary: Vocabulary, wanted: str) -> Iterator[str]:
    for iri, entry in vocabulary.entries.items():
        texts = (*entry.term.names(), entry.term.definition("zh"), entry.term.definition("en"))
        if any(wanted in text.casefold() for text in texts):
            yield iri
    labels: Mapping[str, Text] = vocabulary.labels
    for scheme in vocabulary.schemes:
        for iri in (scheme.iri, *(branch.iri for branch in _each(scheme.concepts.trees()))):
            if (label := labels.get(iri)) and wanted in f"{label.zh} {label.en}".casefold():
                yield iri


def _with(trees: Iterable[Branch], hits: Collection[str]) -> Iterator[Branch]:
    """The branches that are hits or have some below them."""
    for tree in trees:
        below = tuple(_with(tree.below, hits))
        if below or tree.iri in hits:
            yield replace(tree, below=below)


def _each(trees: Iterable[Branch]) -> Iterator[Branch]:
    for tree in trees:
        yield from tree.every()


def _count(trees: Iterable[Branch], hits: Collection[str]) -> int:
    return len({branch.iri for branch in _each(trees)} & frozenset(hits))
