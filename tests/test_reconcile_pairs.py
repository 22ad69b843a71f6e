"""The labelled names of ``reconcile/pairs.csv``, matched against the real data.

Precision is that of what is called a match, recall that of the first candidate; both are
printed by category (``pytest -rP``).
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from mieco import content
from mieco.reconcile.matching import LOCATED_IN, Candidate, Matcher, NoLookUp
from mieco.reconcile.queries import Condition, Query
from mieco.search.lookup import open_names
from mieco.terms import BASE, MIECO

_PAIRS = Path(__file__).parent / "reconcile" / "pairs.csv"
# What is reached is 1 and 1; one slip of the kind may come with the next names that are added.
_LEAST_PRECISION, _LEAST_RECALL = 0.99, 0.98
# So many of those that are on record are matched without anybody's looking.
_LEAST_MATCHED = 0.72


@pytest.fixture(scope="module")
def matcher(data_directory: Path) -> Matcher:
    return Matcher(open_names(data_directory / "releases" / "1"))


def pairs() -> list[dict[str, str]]:
    with _PAIRS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def candidates(matcher: Matcher, row: dict[str, str]) -> Sequence[Candidate]:
    conditions = (Condition(LOCATED_IN, (row["place"],)),) if row["place"] else ()
    types = (MIECO + row["type"],) if row["type"] else ()
    query = Query(row["query"], types=types, conditions=conditions)
    return matcher.match([query], NoLookUp())[0]


def test_precision_and_recall(matcher: Matcher) -> None:
    asked, known, first, matched, right = (Counter[str]() for _ in range(5))
    wrong = []
    for row in pairs():
        category, expected = row["category"], row["expected"]
        found = candidates(matcher, row)
        best = found[0].thing.iri.removeprefix(BASE) if found else "none"
        asked[category] += 1
        known[category] += expected != "none"
        first[category] += expected != "none" and best == expected
        if found and found[0].match:
            matched[category] += 1
            right[category] += best == expected
            if best != expected:
                wrong.append(f"{row['query']} is no {best}")
        if expected not in ("none", best):
            wrong.append(f"{row['query']} should be {expected}, not {best}")
    precision = right.total() / matched.total()
    recall = first.total() / known.total()
    sure = right.total() / known.total()
    lines = [
        f"{category:22} {asked[category]:5} {known[category]:10} {first[category]:6}"
        f" {matched[category]:8} {right[category]:6}"
        for category in asked
    ]
    told = f"""
{"category":22} names  on record  first  matched  right
{chr(10).join(lines)}
precision of matches {precision:.4f}, recall of the first candidate {recall:.4f},
matched without looking {sure:.4f}, of {asked.total()} names
{chr(10).join(wrong)}
"""
    sys.stdout.write(told)
    assert asked.total() >= 200
    assert precision >= _LEAST_PRECISION
    assert recall >= _LEAST_RECALL
    assert sure >= _LEAST_MATCHED


def own_names() -> list[tuple[str, str]]:
    """The Chinese names of the organisations and consortia of the data, and whose they are."""
    found = []
    for table, path in (("organisations", "id/organisation/"), ("consortia", "id/consortium/")):
        with (content.folder("data") / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                names = [row["name_zh"], *row["alt_names_zh"].split(";")]
                found += [(name, BASE + path + row["key"]) for name in names if name]
    return found


def test_every_name_that_we_know_is_found_and_taken_for_no_other(matcher: Matcher) -> None:
    names = own_names()
    found = matcher.match([Query(name) for name, _ in names], NoLookUp())
    best = {name: each[0].thing.iri for (name, _), each in zip(names, found, strict=True)}
    assert best == dict(names)


@pytest.mark.parametrize("name", ["温州市人民政府", "常州市人民政府", "常州市政府"])
def test_for_a_government_that_is_not_on_record_its_place_is_offered(
    matcher: Matcher, name: str
) -> None:
    first = matcher.match([Query(name)], NoLookUp())[0][0]
    assert first.thing.iri == BASE + "id/place/" + {"温": "wenzhou", "常": "changzhou"}[name[0]]
    assert not first.match


def test_a_short_name_of_two_places_is_left_to_people(matcher: Matcher) -> None:
    first = matcher.match([Query("吉林", types=(MIECO + "Place",))], NoLookUp())[0][0]
    assert first.thing.iri == BASE + "id/place/jilin"
    assert not first.match
