"""Every reason is one: each step follows by its rule, and ends at what is asserted."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Triple

from conftest import Server
from mieco.ask.explanations import basis, every
from mieco.ask.given_facts import spelt
from mieco.ask.why import Explainers, explain
from mieco.engine.base import select
from mieco.engine.embedded import EmbeddedEngine
from mieco.inference import rules_of
from mieco.reason import rule
from mieco.reason.rule import Rule, is_variable, renamed
from mieco.reason.why import Derivation
from mieco.releases import Release, Releases
from mieco.settings import read_settings
from mieco.terms import INFERRED_GRAPH, RDF_TYPE

INFERRED = f"SELECT ?s ?p ?o {{ GRAPH <{INFERRED_GRAPH}> {{ ?s ?p ?o }} }}"


@pytest.fixture(scope="module")
def release(data_directory: Path) -> Release:
    return Releases(data_directory).current()


@pytest.fixture(scope="module")
def engine(release: Release) -> Iterator[EmbeddedEngine]:
    settings = replace(read_settings(os.environ), workers=1)
    opened = EmbeddedEngine(release.folder, settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sample(engine: EmbeddedEngine) -> list[Triple]:
    facts = [Triple(row["s"], row["p"], row["o"]) for row in select(engine, INFERRED, seconds=30)]
    assert len(facts) > 10_000
    return random.Random(300).sample(facts, 300)


def test_every_inferred_fact_is_explained_by_rules_that_give_it(
    engine: EmbeddedEngine, release: Release, sample: list[Triple]
) -> None:
    explainer = Explainers().of(release, seconds=10)
    rules = rules_of(release)
    assert rules is not None
    for fact in sample:
        found = explain(engine, explainer, fact, "zh", seconds=10)
        assert found.derivation.fact == fact
        for each in every(found.derivation):
            if each.repeated:
                assert any(e.fact == each.fact and not e.repeated for e in every(found.derivation))
            elif each.axiom:
                assert each.axiom in rules.axioms
                assert gives(each), each
            else:
                assert basis(each) == "asserted", each
                assert all(held(engine, each.fact, graph) for graph in each.graphs)


def test_the_rules_of_a_release_are_read_once(release: Release) -> None:
    explainers = Explainers()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: explainers.of(release, seconds=10), range(40)))) == 1


def held(engine: EmbeddedEngine, fact: Triple, graph: str) -> bool:
    text = f"SELECT ?g {{ GRAPH ?g {{ {fact} }} }}"
    return NamedNode(graph) in {row["g"] for row in select(engine, text, seconds=5)}


def gives(derivation: Derivation) -> bool:
    """Do some terms for the variables of the rule make it give the fact by the premises?"""
    assert derivation.rule is not None
    premises = {premise.fact for premise in derivation.premises}
    return any(
        used == premises and all(map(holds, rule.tests))
        for rule, used in matches(derivation.rule, derivation.fact, premises)
    )


def matches(
    rule: Rule, fact: Triple, premises: set[Triple]
) -> Iterator[tuple[Rule, frozenset[Triple]]]:
    assert rule.head is not None
    names = matched(as_terms(rule.head), fact)
    if names is None:
        return

    def go(rule: Rule, place: int, used: frozenset[Triple]) -> Iterator[Any]:
        if place == len(rule.body):
            yield rule, used
            return
        for premise in premises:
            more = matched(as_terms(rule.body[place]), premise)
            if more is not None:
                yield from go(renamed(rule, more), place + 1, used | {premise})

    yield from go(renamed(rule, names), 0, frozenset())


def as_terms(atom: Any) -> tuple[str, str, str]:
    if len(atom.arguments) == 1:
        return atom.arguments[0], f"<{RDF_TYPE}>", f"<{atom.predicate}>"
    return atom.arguments[0], f"<{atom.predicate}>", atom.arguments[1]


def matched(pattern: tuple[str, str, str], fact: Triple) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for mine, its in zip(pattern, map(str, fact), strict=True):
        if names.setdefault(mine, its) != its or not (is_variable(mine) or mine == its):
            return None
    return names


def holds(test: rule.Test) -> bool:
    first, second = test.arguments[0], test.arguments[-1]
    match test.kind:
        case "differ":
            return first != second
        case "in":
            return first in test.values
        case "not in":
            return first not in test.values
        case "iri":
            spelt_out = first.split('"')[1] if first.startswith('"') else first.strip("<>")
            return second == f"<{spelt_out}>"
    return False


def test_a_sample_is_explained_over_http_too(server: Server, sample: list[Triple]) -> None:
    def ask(fact: Triple) -> Any:
        s, p, o = (spelt(term.value) for term in fact)
        reply = server.get("/why", s=s, p=p, o=o)
        assert reply.status == 200, reply.text
        return reply.json()

    with ThreadPoolExecutor(4) as pool:
        for fact, answer in zip(sample, pool.map(ask, sample), strict=True):
            assert answer["fact"]["object"]["value"] == fact.object.value
            assert answer["basis"] == "inferred"
            assert {each["basis"] for each in every_part(answer) if "axiom" not in each} <= {
                "asserted"
            }


def every_part(answer: Any) -> Iterator[Any]:
    yield answer
    for premise in answer.get("premises", ()):
        yield from every_part(premise)
