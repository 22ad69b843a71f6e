"""Inference by an engine of others: the rules of a release as SPARQL Update.

    INSERT { GRAPH <inferred> { ?x :member ?y } }
    USING <ontology> USING <data> USING <inferred> USING <between>
    WHERE { ?y :memberOf ?x FILTER NOT EXISTS { ?x :member ?y } }

Rules run in their order (mieco/reason/strata.py), those that read what they give until nothing is
added.  What only other rules read (anonymous classes) stands in a graph between, which is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pyoxigraph import NamedNode

from mieco.engine.far import Far
from mieco.inference import rules_of
from mieco.push import updates
from mieco.push.sizes import size_of
from mieco.reason.materialise import APART
from mieco.reason.rule import Atom, Rule
from mieco.reason.ruleset import is_published
from mieco.reason.sparql import group_of, triple_pattern
from mieco.reason.strata import Stratum, strata
from mieco.releases import Release
from mieco.terms import GRAPH, INFERRED_GRAPH

# A rule over all facts may take so long.
_RULE_SECONDS = 3600.0


def infer_there(
    release: Release, stages: Mapping[str, NamedNode], merged: NamedNode, far: Far
) -> None:
    """Fills the stage of the inferred graph, and adds it to the merged one.

    ``stages`` gives the stage of each graph of the release.  Raises as
    :meth:`mieco.engine.far.Far.found`.
    """
    rules = rules_of(release)
    inferred = stages[INFERRED_GRAPH]
    between = NamedNode(f"{inferred.value}/between")
    read = [stage for graph, stage in stages.items() if NamedNode(graph) not in APART]
    work = _Inference(far, [*read, inferred, between], inferred, between)
    _run(far, *updates.dropped([inferred, between]))
    for stratum in strata(rules.inferring if rules else ()):
        work.run(stratum)
    _run(far, *updates.dropped([between]), updates.copied(inferred, merged))


class _Inference:
    """Rules run over graphs of an engine."""

    def __init__(
        self, far: Far, read: Sequence[NamedNode], inferred: NamedNode, between: NamedNode
    ) -> None:
        self._far = far
        self._using = " ".join(f"USING {graph}" for graph in read)
        self._inferred, self._between = inferred, between

    def run(self, stratum: Stratum) -> None:
        """Runs the rules of a stratum, again and again if they read what they give."""
        before = -1
        while (now := self._size()) != before:
            before = now
            for rule in stratum.rules:
                _run(self._far, self._update(rule))
            if not stratum.recursive:
                return

    def _update(self, rule: Rule) -> str:
        rule = _named(rule)
        assert rule.head is not None  # noqa: S101 (strata are of rules with heads)
        into = self._inferred if is_published(rule.head.predicate) else self._between
        head = triple_pattern(rule.head)
        return (
            f"INSERT {{ GRAPH {into} {{ {head} }} }} {self._using}"
            f" WHERE {{ {group_of(rule)} FILTER NOT EXISTS {{ {head} }} }}"
        )

    def _size(self) -> int:
        graphs = (self._inferred, self._between)
        return sum(size_of(graph, self._far, seconds=_RULE_SECONDS) for graph in graphs)


def _run(far: Far, *texts: str) -> None:
    far.update(updates.together(texts), seconds=_RULE_SECONDS)


def _named(rule: Rule) -> Rule:
    """The rule with an IRI for each anonymous class expression."""
    return Rule(
        head=_with_iri(rule.head) if rule.head else None,
        body=tuple(map(_with_iri, rule.body)),
        tests=rule.tests,
        unless=tuple(tuple(map(_with_iri, group)) for group in rule.unless),
    )


def _with_iri(atom: Atom) -> Atom:
    if not atom.is_anonymous:
        return atom
    name = hashlib.sha256(atom.predicate.encode()).hexdigest()[:16]
    return Atom(f"{GRAPH}expression/{name}", atom.arguments)
