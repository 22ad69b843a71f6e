"""Error provocation: each invalid example is caught by exactly the shape, or axiom, it breaks.

The first line of a file in ``tests/ontology/invalid/`` names the shapes that must find
something; what ``tests/ontology/inconsistent/`` says contradicts an axiom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse, serialize
from rdflib import SH, Graph, URIRef

from conftest import needs
from mieco import content
from mieco.findings import Findings
from mieco.intake.batch import Batch
from mieco.progress import Progress
from mieco.publish.validation import validate
from mieco.reason.hermit import classify

FOLDER = Path(__file__).parent / "ontology"
INVALID = {path.stem: path for path in sorted((FOLDER / "invalid").glob("*.ttl"))}
INCONSISTENT = sorted((FOLDER / "inconsistent").glob("*.ttl"))
SHAPES = "https://w3id.org/mieco/shapes#"
EXAMPLES = "http://example.org/"


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for path in content.shape_files():
        graph.parse(path)
    return graph


def broken(folder: Path, triples: Iterable[Triple]) -> Iterator[tuple[str, str]]:
    """(focus, name of the shape) of all that the shapes find in some triples."""
    file = folder / "batch.nt"
    serialize(triples, str(file), RdfFormat.N_TRIPLES)
    batch = Batch(NamedNode(f"{EXAMPLES}graph"), file, 0, Findings(), {}, {})
    for finding in validate(batch, [], Progress()):
        kind, _, shape = finding.code.partition(":")
        if kind == "shape":
            yield finding.focus, shape


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The shapes that found something, by example; the examples do not meet."""
    triples = (
        quad.triple
        for path in INVALID.values()
        for quad in parse(path=path, format=RdfFormat.TURTLE)
    )
    by_example = defaultdict(set)
    for focus, shape in broken(tmp_path_factory.mktemp("invalid"), triples):
        by_example[focus.removeprefix(EXAMPLES).partition("/")[0]].add(shape)
    return by_example


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_example_is_caught_by_its_shape_alone(
    caught: dict[str, set[str]], name: str
) -> None:
    assert caught[name] == named_by(INVALID[name])


def named_by(path: Path) -> set[str]:
    """The shapes that an example says it breaks."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return set(first.removeprefix("# caught by: ").split())


def test_every_shape_has_an_example_that_breaks_it(shapes: Graph) -> None:
    speaking = {
        str(shape).removeprefix(SHAPES)
        for holder in shapes.subjects(SH.message)
        for shape in (
            [holder] if isinstance(holder, URIRef) else shapes.subjects(SH.sparql, holder)
        )
        if isinstance(shape, URIRef)
    }
    assert speaking == set().union(*map(named_by, INVALID.values()))


@pytest.mark.parametrize(
    ("begins", "ends", "is_right"),
    [
        ('"2023"^^xsd:gYear', '"2023-05-01"^^xsd:date', True),
        ('"2023-05-01"^^xsd:date', '"2023-05"^^xsd:gYearMonth', True),
        ('"2023-05-01"^^xsd:date', '"2023-05-01"^^xsd:date', True),
        ('"2022-12"^^xsd:gYearMonth', '"2023"^^xsd:gYear', True),
        ('"2023-05-02"^^xsd:date', '"2023-05-01"^^xsd:date', False),
        ('"2023-06"^^xsd:gYearMonth', '"2023-05-31"^^xsd:date', False),
        ('"2024"^^xsd:gYear', '"2023-12"^^xsd:gYearMonth', False),
    ],
)
def test_dates_of_a_validity_are_compared_as_far_as_both_are_known(
    tmp_path: Path, begins: str, ends: str, *, is_right: bool
) -> None:
    data = f"""
        PREFIX mieco: <https://w3id.org/mieco/ontology#>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        <{EXAMPLES}r> mieco:validFrom {begins} ; mieco:validUntil {ends} ."""
    found = broken(tmp_path, (quad.triple for quad in parse(data, format=RdfFormat.TURTLE)))
    assert [shape for _, shape in found] == ([] if is_right else ["ValidityShape"])


@needs("java", "HermiT")
@pytest.mark.parametrize("path", INCONSISTENT, ids=lambda p: p.stem)
def test_a_contradiction_is_seen(ontology: Graph, path: Path) -> None:
    assert not classify(ontology + Graph().parse(path)).consistent
