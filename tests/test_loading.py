"""A large document of N-Triples is read beside the store that loads it; the release is the same."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Store

from mieco import changes
from mieco.changes import Document, GraphChange
from mieco.errors import BadRdf
from mieco.publish.change import publish_change, publish_nothing
from mieco.reason import reading
from mieco.reason.columns import Encoded
from mieco.reason.facts import Facts, Saved, triples
from mieco.reason.reading import Graph
from mieco.releases import Release, Releases
from mieco.search.index import FILE
from mieco.terms import (
    CATALOGUE_GRAPH,
    GRAPH,
    MIECO,
    ONTOLOGY_GRAPH,
    PREFIXES,
    RDF_TYPE,
    RDFS_LABEL,
)

XSD = PREFIXES["xsd"]
ONTOLOGY = f"""
<{MIECO}A> <{RDF_TYPE}> <http://www.w3.org/2002/07/owl#Class> .
<{MIECO}B> <{RDF_TYPE}> <http://www.w3.org/2002/07/owl#Class> .
<{MIECO}A> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{MIECO}B> .
"""
SUBJECTS = st.sampled_from(
    ["<urn:x:a>", "<urn:x:甲>", r"<urn:x:\u7532>", "<urn:x:a%20b>", "<HTTP://A/../>", f"<{MIECO}A>"]
)
PREDICATES = st.sampled_from(
    [f"<{RDF_TYPE}>", f"<{RDFS_LABEL}>", f"<{MIECO}locatedIn>", "<urn:x:other>"]
)
TYPES = st.sampled_from(["integer", "decimal", "double", "boolean", "date", "string", "token"])
TEXTS = st.one_of(
    st.sampled_from(["01", "1.0", "+5", "1e0", "true", "2024-01-01Z", " <x> . ", " _:b ", "#"]),
    st.sampled_from([r"\u0041", r"\t\n\r\"\\", r"\U0001F600", "\t", "\x7f", "\uffff", "\r甲"]),
    st.text(st.characters(exclude_characters='"\\\n\r', exclude_categories=["Cs"])),
)
LITERALS = st.builds(
    '"{}"{}'.format,
    TEXTS.map(lambda text: text.replace("\r", r"\r")),
    st.one_of(
        st.sampled_from(["", "@zh", "@EN", "@zh-Hans", "@de-1996", "@en--ltr"]),
        TYPES.map(lambda name: f"^^<{XSD}{name}>"),
    ),
)
OBJECTS = st.one_of(
    SUBJECTS,
    LITERALS,
    LITERALS,
    st.builds("<<( {} {} {} )>>".format, SUBJECTS, PREDICATES, LITERALS),
)
LINES = st.builds(
    "{}{}{}{}{}{}{}".format,
    st.sampled_from(["", "", "", " ", "\t"]),
    SUBJECTS,
    st.sampled_from([" ", " ", "\t", "  ", ""]),
    PREDICATES,
    st.sampled_from([" ", " ", "\t", "  ", ""]),
    OBJECTS,
    st.sampled_from([" .\n", " .\n", ".\n", " . # a remark .\n", " .\r\n", " .\r", "\t.\n\n"]),
)
DOCUMENTS = st.lists(LINES, max_size=60)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    """Releases of which the first has an ontology; every document is taken for a large one, and
    loaded in parts."""
    folder = tmp_path_factory.mktemp("loading")
    releases = Releases(folder / "data")
    publish_nothing(releases)
    put(releases, ONTOLOGY, ONTOLOGY_GRAPH)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "_SMALL_DOCUMENT", -1)
        patch.setattr(reading, "_LEAST_PART", 16)
        patch.setattr("os.cpu_count", lambda: 3)
        yield releases


def put(releases: Releases, text: str, graph: str | None, action: str = "replace") -> Release:
    file = releases.folder / "document.nt"
    file.write_bytes(text.encode())
    document = Document(str(file), "application/n-triples", "http://example.org/")
    change = GraphChange(action, graph, [document])  # type: ignore[arg-type]
    return publish_change(releases, change, accept_clashes=True)[0]


def only_loaded(encoded: Encoded, path: str, graph: Graph) -> None:
    """Loads a document and leaves it to be read from the store."""
    encoded._store.bulk_load(path=path, format=RdfFormat.N_TRIPLES, to_graph=graph)


def held(release: Release) -> list[object]:
    """What a release holds, but for its number and the names of its blank nodes."""
    dataset = Dataset(
        quad
        for quad in Store.read_only(str(release.store))
        if quad.graph_name.value != CATALOGUE_GRAPH
    )
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    saved = Saved.read(release.folder / "facts.npz")
    base = sqlite3.connect(release.folder / FILE)
    tables = ("thing", "class", "located", "name", "vocabulary")
    index = [sorted(base.execute(f"SELECT * FROM {name}")) for name in tables]
    base.close()
    graphs = release.manifest.graphs.items()
    return [
        set(dataset),
        stated(saved, saved.asserted),
        stated(saved, saved.inferred),
        (release.folder / "statistics.json").read_text(encoding="utf-8"),
        index,
        {name: n for name, n in graphs if name != CATALOGUE_GRAPH},
    ]


def stated(saved: Saved, facts: Facts) -> Counter[bytes]:
    found = (b" ".join(each) for each in triples(facts, saved.dictionary))
    return Counter(re.sub(rb"_:\w+", b"_:", each) for each in found)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=DOCUMENTS, second=DOCUMENTS)
@example(
    # The same triple twice, in two graphs, and written in two ways; and without an end of line.
    first=[f'<urn:x:a> <{MIECO}n> "{n}"^^<{XSD}integer> .\n' for n in ("1", "01", "1", "+1")],
    second=[f'<urn:x:a> <{MIECO}n> "1"^^<{XSD}integer> .\n', "<urn:x:a> <urn:x:p> <urn:x:b> ."],
)
@example(
    # Blank nodes, in one document and inside a triple term.
    first=[f"<urn:x:a> <{RDF_TYPE}> <{MIECO}A> .\n", f"_:x <{RDF_TYPE}> <{MIECO}A> .\n"],
    second=["<urn:x:a> <urn:x:p> <<( _:x <urn:x:p> _:x )>> .\n"],
)
def test_a_document_read_beside_its_store_makes_the_same_release(
    start: Releases, monkeypatch: pytest.MonkeyPatch, first: list[str], second: list[str]
) -> None:
    def published() -> list[list[object]]:
        steps = [
            ("one", "replace", first),
            ("two", "replace", [*first[:2], *second]),
            ("one", "merge", second),
        ]
        put(start, "", f"{GRAPH}data/x/two")
        return [
            held(put(start, "".join(lines), f"{GRAPH}data/x/{name}", action))
            for name, action, lines in steps
        ]

    quickly = published()
    with monkeypatch.context() as patch:
        patch.setattr(Encoded, "load", only_loaded)
        assert quickly == published()


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize(
    "line",
    ["<urn:x:a> <urn:x:p> <b> .\n", '<urn:x:a> <urn:x:p> "\n', "<urn:x:a b> <x:p> <x:c> .\n"],
)
def test_a_document_that_is_not_well_formed_is_refused(
    start: Releases, line: str, count: int
) -> None:
    before = start.current_number()
    good = "<urn:x:a> <urn:x:p> <urn:x:b> .\n"
    with pytest.raises(BadRdf, check=lambda error: error.facts["line"] == count + 1):
        put(start, good * count + line + good * 2, f"{GRAPH}data/x/one")
    assert start.current_number() == before
