"""The order in which rules are run: what others read is finished before they begin.

So what a rule excludes is known in full when it is asked for, and the result does not depend
on the order of the rules (stratified negation: Abiteboul, Hull, Vianu, Foundations of
Databases, 15.2).  A rule that excludes what follows from its own head has no such order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mieco.reason.rule import Rule


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rules whose heads hang together; ``recursive`` if they read what they give."""

    rules: tuple[Rule, ...]
    heads: frozenset[str]
    recursive: bool


def strata(rules: Iterable[Rule]) -> list[Stratum]:
    """The strata of some rules with heads, the first to be run first.

    Raises ValueError for a rule that excludes what follows from its own head.
    """
    giving: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.head is not None:
            giving.setdefault(rule.head.predicate, []).append(rule)
    read = {
        head: sorted({name for rule in each for name in rule.reads if name in giving})
        for head, each in giving.items()
    }
    return [_stratum(component, giving, read) for component in _components(read)]


def _stratum(
    component: Sequence[str], giving: dict[str, list[Rule]], read: dict[str, list[str]]
) -> Stratum:
    heads = frozenset(component)
    rules = tuple(rule for head in component for rule in giving[head])
    for rule in rules:
        if heads & rule.excludes:
            raise ValueError(f"it excludes what follows from it: {rule}")
    return Stratum(
        rules=rules,
        heads=heads,
        recursive=any(heads.intersection(read[head]) for head in component),
    )


def _components(graph: dict[str, list[str]]) -> list[list[str]]:
    """The strongly connected components, each after those that it points to.

    R. Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1 (1972),
    without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, children = work[-1]
            for child in children:
                if child not in index:
                    index[child] = low[child] = len(index)
                    stack.append(child)
                    on_stack.add(child)
                    work.append((child, iter(graph[child])))
                    break
                if child in on_stack:
                    low[node] = min(low[node], index[child])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    place = stack.index(node)
                    found.append(sorted(stack[place:]))
                    on_stack.difference_update(stack[place:])
                    del stack[place:]
    return found
