"""A release that does not fit into MIECO_MEMORY is answered from disk, and as in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mieco.changes import Update
from mieco.engine.base import ENTAILMENTS, Entailment, Query
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.succession import Succession
from mieco.publish.change import publish_change
from mieco.releases import Releases
from mieco.settings import Settings

QUERIES = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER (?p != ?o) }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    "SELECT ?c (COUNT(*) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY ?c",
    "SELECT (COUNT(*) AS ?n) { ?s a/rdfs:subClassOf* ?c FILTER NOT EXISTS { ?s rdfs:label ?l } }",
    "SELECT (COUNT(*) AS ?n) FROM mieco-graph:inferred FROM mieco-graph:ontology { ?s ?p ?o }",
    "SELECT ?p ?o { <https://w3id.org/mieco/id/consortium/shenzhen> ?p ?o } ORDER BY ?p ?o",
]
PREFIXES = """\
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX mieco-graph: <https://w3id.org/mieco/graph/>
"""
CHOICES: list[Entailment | None] = [None, *ENTAILMENTS]


@pytest.fixture
def releases(few_directory: Path, tmp_path: Path) -> Releases:
    shutil.copytree(few_directory, tmp_path / "data")
    return Releases(tmp_path / "data")


def settings(memory: int, default_graph: str = "union") -> Settings:
    return Settings(workers=1, memory=memory, default_graph=default_graph)  # type: ignore[arg-type]


def answers(engine: EmbeddedEngine) -> Iterator[object]:
    for text in QUERIES:
        for chosen in [None] if "FROM" in text else CHOICES:
            query = Query(PREFIXES + text, foreign=True, entailment=chosen)
            told = json.loads(b"".join(engine.query(query, seconds=60).chunks))
            yield sorted(map(str, told["results"]["bindings"]))


def in_memory(releases: Releases, default_graph: str = "union") -> list[object]:
    engine = EmbeddedEngine(releases.current().folder, settings(0, default_graph))
    try:
        return list(answers(engine))
    finally:
        engine.close()


@pytest.mark.parametrize("default_graph", ["union", "strict"])
def test_every_query_is_answered_as_in_memory(releases: Releases, default_graph: str) -> None:
    succession = Succession(settings(1, default_graph))
    engine = succession(releases.current())
    try:
        assert (releases.current().folder / "merged").is_dir()
        assert list(answers(engine)) == in_memory(releases, default_graph)
        # A change is made to the stores on disk as well, and leaves those before it alone.
        publish_change(releases, Update("INSERT DATA { <http://e/a> <http://e/p> 1 }"))
        following = succession(releases.current())
        try:
            assert list(answers(following)) == in_memory(releases, default_graph)
            assert list(answers(engine)) != list(answers(following))
        finally:
            following.close()
    finally:
        engine.close()
