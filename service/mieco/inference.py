"""Inference as a step of publishing: with which rules, from which facts, and what clashes.

Beside its store a release keeps ``rules.json``, the rules that it was inferred with, and
``facts.npz``, its facts as arrays, so that the next small change reads neither again.
``contradictions.json`` tells which contradictions it has, so that only new ones are news.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from pyoxigraph import NamedNode, Quad, Store

from mieco import __version__, content
from mieco.delta import Delta
from mieco.reason.ruleset import RuleSet, digests
from mieco.releases import Release
from mieco.stores import name_of, rows
from mieco.terms import INFERRED_GRAPH, ONTOLOGY_GRAPH

if TYPE_CHECKING:
    from mieco.reason.clashes import Clash
    from mieco.reason.columns import Encoded
    from mieco.reason.facts import Saved
    from mieco.reason.materialise import Inference

_RULES, _FACTS, _CONTRADICTIONS = "rules.json", "facts.npz", "contradictions.json"
_KEPT = (_RULES, _FACTS, _CONTRADICTIONS)
_CLASH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Inferred:
    """What came of inference.

    ``rules`` is the SHA-256 of the rules, ``contradictions`` the number of all contradictions,
    and ``fresh`` of those that the release before did not have; ``clashes`` tells the first of the
    latter.  ``delta`` is what has changed among the inferred facts, where that is known; the store
    may be ``loading`` them still.
    """

    rules: str = ""
    contradictions: int = 0
    fresh: int = 0
    clashes: Sequence[Clash] = ()
    delta: Delta | None = field(default_factory=Delta)
    loading: Future[None] | None = None


def rule_files() -> list[Path]:
    """The queries that say what OWL cannot."""
    return sorted((content.folder("queries") / "rules").glob("*.rq"))


def infer(
    store: Store,
    encoded: Encoded,
    staging: Path,
    current: Release | None,
    delta: Delta | None,
    *,
    beside: Executor,
) -> Inferred:
    """Brings the inferred graph of a staged store up to date.

    ``delta`` is what has changed since the current release, or ``None`` where that is not
    known; then the store is read into ``encoded``, and ``beside`` writes into it.  Raises
    AxiomUnknown, BadInstallation.
    """
    from mieco.reason.materialise import materialise  # numpy is slow to import

    rules = _kept_rules(current, store, delta)
    before = None
    if rules is not None and current is not None:
        if delta is not None:
            kept = all((current.folder / name).exists() for name in _KEPT)
            if kept and not any(map(rules.concerns, delta.added | delta.removed)):
                store.add_graph(NamedNode(INFERRED_GRAPH))
                return _same(current, staging)
            before = _kept_facts(current)
        os.link(current.folder / _RULES, staging / _RULES)
        digest = current.manifest.rules
    else:
        rules = compiled_rules(store)
        (staging / _RULES).write_text(rules.to_json(), encoding="utf-8")
        digest = rules.digest
    known = _known_contradictions(current)
    inference = materialise(
        store, rules, before, delta, known=known, encoded=encoded, beside=beside
    )
    if inference.contradictions and inference.loading:
        inference.loading.result()  # what they rest on is read from the store
    inference.saved.write(staging / _FACTS)
    keys = sorted(key for found in inference.contradictions for key in found.keys)
    (staging / _CONTRADICTIONS).write_text(json.dumps(keys), encoding="ascii")
    return Inferred(
        rules=digest,
        contradictions=len(keys),
        fresh=sum(found.fresh for found in inference.contradictions),
        clashes=_explained(store, rules, inference),
        delta=inference.delta,
        loading=inference.loading,
    )


def _same(current: Release, staging: Path) -> Inferred:
    """What comes of inference where the facts and the rules are those of the current release."""
    for name in _KEPT:
        os.link(current.folder / name, staging / name)
    contradictions = len(_known_contradictions(current))
    return Inferred(rules=current.manifest.rules, contradictions=contradictions)


def _known_contradictions(current: Release | None) -> frozenset[str]:
    """The keys of the contradictions that the current release has, because they were accepted."""
    if current is None:
        return frozenset()
    try:
        text = (current.folder / _CONTRADICTIONS).read_text(encoding="ascii")
        return frozenset(json.loads(text))
    except (OSError, ValueError):
        return frozenset()


def find_clashes(quads: Iterable[Quad]) -> Sequence[Clash]:
    """The contradictions in a dataset, its ontology among it, that is not published (yet).

    Raises AxiomUnknown, BadInstallation.
    """
    from mieco.reason.materialise import materialise

    store = Store()
    store.bulk_extend(quads)
    rules = compiled_rules(store)
    return _explained(store, rules, materialise(store, rules))


def _explained(store: Store, rules: RuleSet, inference: Inference) -> Sequence[Clash]:
    from mieco.reason.clashes import clashes

    return tuple(
        clashes(
            inference.contradictions,
            rules,
            lambda text: rows(store, text),
            lambda term: name_of(store, term),
            seconds=_CLASH_SECONDS,
        )
    )


def rules_of(release: Release) -> RuleSet | None:
    """The rules that a release was inferred with; ``None`` for one without our ontology."""
    try:
        return _read_rules((release.folder / _RULES).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


@lru_cache(maxsize=1)  # most releases have those of the release before
def _read_rules(text: str) -> RuleSet:
    return RuleSet.of_json(text)


def compiled_rules(store: Store) -> RuleSet:
    """The rules of the ontology in a store.  Raises AxiomUnknown, BadInstallation."""
    quads = list(store.quads_for_pattern(None, None, None, NamedNode(ONTOLOGY_GRAPH)))
    # In a thread of its own: imports and parsers leave exceptions behind that hold, until they
    # are collected, every frame below them and what is in it, and the store must be closed.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(_compiled, quads).result()


def _compiled(quads: Iterable[Quad]) -> RuleSet:
    from mieco.rdflib_graphs import graph_of  # rdflib is slow to import
    from mieco.reason.compile import compile_rules

    return compile_rules(graph_of(quads), rule_files(), content.ontology_files())


def _kept_rules(current: Release | None, store: Store, delta: Delta | None) -> RuleSet | None:
    """The rules of the current release, if they are those of the next one as well."""
    if current is None or current.manifest.version != __version__:
        return None
    rules = rules_of(current)
    if rules is None or rules.queries != digests(rule_files()):
        return None
    return rules if _has_same_ontology(current, store, delta) else None


def _has_same_ontology(current: Release, store: Store, delta: Delta | None) -> bool:
    ontology = NamedNode(ONTOLOGY_GRAPH)
    if delta is not None:
        return ontology not in delta.graphs
    # To compare them takes a small part of the time that the rules would take to be made.
    stores = (Store.read_only(str(current.store)), store)
    was, now = (frozenset(each.quads_for_pattern(None, None, None, ontology)) for each in stores)
    return was == now


def _kept_facts(current: Release) -> Saved | None:
    from mieco.reason.facts import Saved

    try:
        return Saved.read(current.folder / _FACTS)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None  # then everything is read again
