"""All rules of an ontology, and what each was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pyoxigraph import NamedNode, Quad

from mieco.errors import Text
from mieco.reason.rule import Atom, Axiom, Rule, Test
from mieco.terms import PREFIXES, RDF_TYPE, RDFS_SUBCLASS_OF

# What an inference may speak of: our vocabulary and the published ones it stands on.
_PUBLISHED = tuple(PREFIXES[p] for p in ("mieco", "org", "prov", "sosa", "foaf"))


def is_published(predicate: str) -> bool:
    """Whether facts of a class or property go into the inferred graph.

    Of the ontology itself, its classes do, in the hierarchy that HermiT found.
    """
    return predicate.startswith(_PUBLISHED) or predicate == RDFS_SUBCLASS_OF


def digests(files: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@dataclass(frozen=True)
class RuleSet:
    """The axioms of an ontology with their rules.

    ``queries`` gives the SHA-256 of each file of ``queries/rules/`` that was read.
    """

    axioms: tuple[Axiom, ...]
    queries: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def axiom_of(self) -> dict[Rule, Axiom]:
        """Rule → the first axiom that it was made from."""
        found: dict[Rule, Axiom] = {}
        for axiom in self.axioms:
            for rule in axiom.rules:
                found.setdefault(rule, axiom)
        return found

    @cached_property
    def inferring(self) -> tuple[Rule, ...]:
        """The rules to be run: those that lead to something published or to a contradiction."""
        needed = {a.predicate for rule in self.contradicting for a in rule.body}
        heads = [rule for rule in self.axiom_of if rule.head is not None]
        before = -1
        while before != len(needed):
            before = len(needed)
            for rule in heads:
                if self._leads_on(rule, needed):
                    needed.update(rule.reads)
        return tuple(rule for rule in heads if self._leads_on(rule, needed))

    @staticmethod
    def _leads_on(rule: Rule, needed: set[str]) -> bool:
        if rule.head is None or rule.head in rule.body:
            return False
        return is_published(rule.head.predicate) or rule.head.predicate in needed

    @cached_property
    def contradicting(self) -> tuple[Rule, ...]:
        """The rules whose bodies must never hold."""
        return tuple(rule for rule in self.axiom_of if rule.head is None)

    @cached_property
    def predicates(self) -> frozenset[str]:
        """The classes and properties whose facts matter."""
        atoms = (
            atom
            for rule in (*self.inferring, *self.contradicting)
            for atom in (
                *rule.body,
                *([rule.head] if rule.head else []),
                *(atom for group in rule.unless for atom in group),
            )
        )
        return frozenset(atom.predicate for atom in atoms if not atom.is_anonymous)

    def concerns(self, quad: Quad) -> bool:
        """Whether a fact matters to any rule, wherever it stands."""
        if quad.predicate.value == RDF_TYPE:
            return isinstance(quad.object, NamedNode) and quad.object.value in self.predicates
        return quad.predicate.value in self.predicates

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all rules."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The rule set as JSON, always the same for the same axioms."""
        axioms = [asdict(axiom) for axiom in self.axioms]
        told = {"axioms": axioms, "queries": dict(self.queries)}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The inverse of :meth:`to_json`.  Raises ValueError, KeyError or TypeError."""
        told = json.loads(text)
        return cls(tuple(map(_axiom, told["axioms"])), told["queries"])

    def listing(self) -> Iterator[tuple[Axiom, list[str], list[Text]]]:
        """Axiom, its rules as text, why some or all of it is in none."""
        run = {*self.inferring, *self.contradicting}
        for axiom in self.axioms:
            idle = [rule for rule in axiom.rules if rule not in run]
            reasons = [*axiom.reasons, *([_IDLE] if idle else [])]
            yield axiom, [str(rule) for rule in axiom.rules if rule in run], reasons


_IDLE = Text(
    "推不出任何要发布的内容，因此不运行",
    "leads to nothing that is published, and so is not run",
)


def _axiom(told: dict[str, Any]) -> Axiom:
    return Axiom(
        kind=told["kind"],
        text=told["text"],
        about=tuple(told["about"]),
        rules=tuple(_rule(rule) for rule in told["rules"]),
        reasons=tuple(Text(**reason) for reason in told["reasons"]),
    )


def _rule(told: dict[str, Any]) -> Rule:
    return Rule(
        head=_atom(told["head"]) if told["head"] else None,
        body=tuple(_atom(atom) for atom in told["body"]),
        tests=tuple(
            Test(test["kind"], tuple(test["arguments"]), tuple(test["values"]))
            for test in told["tests"]
        ),
        unless=tuple(tuple(map(_atom, group)) for group in told.get("unless", ())),
    )


def _atom(told: dict[str, Any]) -> Atom:
    return Atom(told["predicate"], tuple(told["arguments"]))
