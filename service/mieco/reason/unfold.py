"""Rules without the anonymous classes: what stands in for them is written out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache

from mieco.reason.rule import Atom, Axiom, Rule, is_variable, renamed
from mieco.reason.ruleset import RuleSet

# A rule is written out in at most so many forms.
_MOST_FORMS = 512


class Unfolded:
    """The rules of a rule set by the predicate of their heads, each written out."""

    def __init__(self, rules: RuleSet) -> None:
        self._axiom_of = rules.axiom_of
        self._by_head: dict[str, list[Rule]] = {}
        for rule in rules.inferring:
            if rule.head is not None:
                self._by_head.setdefault(rule.head.predicate, []).append(rule)
        self._fresh = itertools.count()
        self.giving = cache(self._giving)

    def _giving(self, predicate: str) -> list[tuple[Rule, Axiom]]:
        """The rules that give facts of a class or property, each with its axiom."""
        return [
            (form, self._axiom_of[rule])
            for rule in self._by_head.get(predicate, [])
            for form in itertools.islice(self.forms(rule), _MOST_FORMS)
        ]

    def forms(self, rule: Rule) -> Iterator[Rule]:
        """A rule once for each way in which its anonymous classes can hold."""
        anonymous = next((atom for atom in rule.body if atom.is_anonymous), None)
        if anonymous is None:
            yield rule
            return
        place = rule.body.index(anonymous)
        for way in self._by_head.get(anonymous.predicate, []):
            apart = self._renamed_apart(way)
            names = unifier(apart.head, anonymous) if apart.head else None
            if names is None:
                continue
            body = (*rule.body[:place], *apart.body, *rule.body[place + 1 :])
            tests, unless = rule.tests + apart.tests, rule.unless + apart.unless
            yield from self.forms(renamed(Rule(rule.head, body, tests, unless), names))

    def _renamed_apart(self, rule: Rule) -> Rule:
        number = next(self._fresh)
        return renamed(rule, {a: f"{a}_{number}" for a in rule.terms if is_variable(a)})


def unifier(head: Atom, wanted: Atom) -> Mapping[str, str] | None:
    """Terms for variables by which the two atoms become the same; ``None`` if nothing does.

    Variables of the head are replaced first.
    """
    if head.predicate != wanted.predicate or len(head.arguments) != len(wanted.arguments):
        return None
    names: dict[str, str] = {}
    for mine, its in zip(head.arguments, wanted.arguments, strict=True):
        one, other = names.get(mine, mine), names.get(its, its)
        if one == other:
            continue
        if is_variable(one):
            names[one] = other
        elif is_variable(other):
            names[other] = one
        else:
            return None
    # A variable that was replaced by another one that was replaced later.
    return {name: names.get(term, term) for name, term in names.items()}
