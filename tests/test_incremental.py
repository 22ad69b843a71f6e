"""After any change the inferred graph is what a full run would give, and every count is right."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, Store

from mieco.changes import Change, Document, GraphChange, Update
from mieco.delta import has_delta
from mieco.describe.counting import count
from mieco.describe.keeping import read_statistics
from mieco.describe.statistics import Statistics
from mieco.engine.following import followed
from mieco.engine.loading import loaded
from mieco.engine.views import Stores
from mieco.errors import Inconsistent, QueryRefused, ReservedGraph
from mieco.inference import rules_of
from mieco.publish.change import publish_change, publish_nothing
from mieco.reason.columns import Encoded
from mieco.reason.materialise import materialise
from mieco.releases import Release, Releases
from mieco.terms import (
    CATALOGUE_GRAPH,
    GRAPH,
    INFERRED_GRAPH,
    MIECO,
    ONTOLOGY_GRAPH,
    SHAPES_GRAPH,
    UNNAMED_GRAPH,
)

# Classes and properties by which facts of each kind follow: hierarchy, definition, chain,
# inverse, transitivity, value.
ONTOLOGY = """
@prefix : <https://w3id.org/mieco/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:A a owl:Class ; rdfs:subClassOf :B .
:B a owl:Class .
:D a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    :B [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] ) ] .
:V a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :n ; owl:hasValue 5 ] .
:p a owl:ObjectProperty ; rdfs:domain :B .
:q a owl:ObjectProperty , owl:TransitiveProperty ; owl:inverseOf :r .
:r a owl:ObjectProperty .
:c a owl:ObjectProperty ; owl:propertyChainAxiom ( :p :q ) .
:n a owl:DatatypeProperty .
"""
PREFIX = f"PREFIX : <{MIECO}> PREFIX g: <{GRAPH}data/x/>\n"
GRAPHS = ("g:one", "g:two")


def names() -> st.SearchStrategy[str]:
    return st.sampled_from([f"<http://example.org/{name}>" for name in "abcd"])


def triples() -> st.SearchStrategy[str]:
    typed = st.tuples(names(), st.sampled_from(["a :A", "a :B", "a :V", "a :D"]))
    related = st.tuples(names(), st.sampled_from([":p", ":q", ":r", ":c", ":other"]), names())
    valued = st.tuples(names(), st.sampled_from([":n 5", ":n 6", ':label "甲"@zh', ":n 05"]))
    return st.one_of(typed, related, valued).map(" ".join)


def blocks(most: int = 4) -> st.SearchStrategy[str]:
    """Triples, in one graph or in none."""
    some = st.lists(triples(), min_size=1, max_size=most).map(" . ".join)
    placed = st.tuples(st.sampled_from(GRAPHS), some).map(lambda b: f"GRAPH {b[0]} {{ {b[1]} }}")
    return st.one_of(placed, placed, some)


PATTERNS = st.sampled_from(
    [
        "GRAPH ?g { ?x :p ?y }",
        "GRAPH g:one { ?x a ?k . ?x ?w ?y }",
        "?x :q ?y",
        "GRAPH ?g { ?x :n ?v }",
    ]
)
TEMPLATES = st.sampled_from(
    [
        "DELETE { GRAPH ?g { ?x :p ?y } } INSERT { GRAPH g:two { ?y :p ?x . } ?x a :B }",
        "DELETE { GRAPH g:one { ?x :p ?y } }",
        "INSERT { GRAPH g:two { ?x :q ?y ; a :A } }",
        "INSERT { ?x :r ?y . GRAPH g:one { ?y a :V } . }",
        "INSERT { GRAPH g:one { ?x :p [ a :A ] } }",
        "DELETE { ?x :q ?y } INSERT { ?x :label '}' . GRAPH ?g { ?x :label 'GRAPH {' } }",
        "WITH g:one DELETE { ?x a ?k } INSERT { ?x :p ?y }",
    ]
)
WHOLE = st.sampled_from(
    [
        "DELETE WHERE { GRAPH g:one { ?x :p ?y } }",
        "DELETE WHERE { ?x ?w ?y }",
        "CLEAR GRAPH g:one",
        "CLEAR DEFAULT",
        "DROP SILENT GRAPH g:two",
        "COPY SILENT g:one TO g:two",
        "MOVE SILENT g:two TO g:one",
        "ADD SILENT g:one TO DEFAULT",
        "CREATE SILENT GRAPH g:one",
        "INSERT { GRAPH g:one { ?x :n 6 } } WHERE { SELECT ?x { GRAPH ?g { ?x a :A } } LIMIT 1 }",
        "DELETE { GRAPH g:one { ?x ?w ?y } } USING g:two WHERE { ?x ?w ?y }",
        "INSERT DATA { GRAPH g:one { _:x a :A ; :p _:x } }",
    ]
)
OPERATIONS = st.one_of(
    blocks().map(lambda b: f"INSERT DATA {{ {b} }}"),
    blocks().map(lambda b: f"INSERT DATA {{ {b} }}"),
    blocks(1).map(lambda b: f"DELETE DATA {{ {b} }}"),
    st.tuples(TEMPLATES, PATTERNS).map(lambda both: f"{both[0]} WHERE {{ {both[1]} }}"),
    WHOLE,
)
UPDATES = st.lists(OPERATIONS, min_size=1, max_size=3).map(" ;\n".join)
UPLOADS = st.tuples(
    st.sampled_from(["replace", "merge", "delete"]),
    st.sampled_from(["one", "two", None]),
    st.lists(triples(), max_size=4).map(" .\n".join),
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    """Releases of which the current one has the ontology above.

    They are so small that counting anew would always be quicker; here it is not done.
    """
    folder = tmp_path_factory.mktemp("incremental")
    releases = Releases(folder / "data")
    publish_nothing(releases)
    put(releases, ONTOLOGY_GRAPH, ONTOLOGY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mieco.describe.keeping._DEAR", 0)
        yield releases


def put(releases: Releases, graph: str | None, text: str, action: str = "replace") -> Release:
    with tempfile.NamedTemporaryFile("w", suffix=".ttl", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        documents = [Document(file.name, "text/turtle", "http://example.org/")]
        change = GraphChange(action, graph, () if action == "delete" else documents)  # type: ignore[arg-type]
        return publish_change(releases, change)[0]


def quads(release: Release) -> set[Quad]:
    return set(Store.read_only(str(release.store)))


def fully_inferred(release: Release) -> set[Quad]:
    """What a full run over what a release asserts gives."""
    made = (NamedNode(INFERRED_GRAPH), NamedNode(CATALOGUE_GRAPH))
    store = Store()
    store.extend(quad for quad in quads(release) if quad.graph_name not in made)
    rules = rules_of(release)
    assert rules is not None
    materialise(store, rules)
    return set(store.quads_for_pattern(None, None, None, made[0]))


def check(release: Release) -> None:
    found = quads(release)
    inferred = {quad for quad in found if quad.graph_name == NamedNode(INFERRED_GRAPH)}
    assert inferred == fully_inferred(release)
    asserted = {quad.triple for quad in found - inferred}
    assert not asserted & {quad.triple for quad in inferred}
    check_counts(release)


def check_counts(release: Release) -> None:
    found = quads(release)
    counted = Counter(q.graph_name.value for q in found if isinstance(q.graph_name, NamedNode))
    told = release.manifest.graphs
    assert {graph: n for graph, n in told.items() if n} == counted
    assert release.manifest.triples == len(found)
    kept = (release.folder / "statistics.json").read_text(encoding="utf-8")
    assert Statistics.of_json(kept) == count(Encoded(Store.read_only(str(release.store))))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(st.one_of(UPDATES, UPDATES, UPLOADS), min_size=1, max_size=4))
@example(
    # Asserted twice and inferred as well; then taken away once, and again.
    edits=[
        "INSERT DATA { GRAPH g:one { <x:a> a :A, :B } GRAPH g:two { <x:a> a :B } }",
        "DELETE DATA { GRAPH g:one { <x:a> a :B } }",
        "DELETE DATA { GRAPH g:two { <x:a> a :B } }",
        "DELETE DATA { GRAPH g:one { <x:a> a :A } }",
    ]
)
@example(
    # Blank nodes of their own: reifiers and annotations (RDF 1.2) in a template.
    edits=[
        "INSERT DATA { GRAPH g:one { <x:a> :p <x:b> } }",
        "INSERT { GRAPH g:one { <<?x :q ?y>> :p <x:n> } } WHERE { GRAPH ?g { ?x :p ?y } }",
        "INSERT { GRAPH g:one { ?x :r ?y {| :p <x:n> |} } } WHERE { GRAPH ?g { ?x :p ?y } }",
    ]
)
@example(
    # One triple in both graphs: counted once, where the engine's union would count it twice.
    edits=[
        "INSERT DATA { GRAPH g:one { <x:a> a :A } GRAPH g:two { <x:a> a :A } }",
        (
            "INSERT { GRAPH g:one { <x:s> :n ?c } } USING g:one USING g:two"
            " WHERE { SELECT (COUNT(*) AS ?c) { ?x a :A } }"
        ),
    ]
)
@example(
    # A triple term, written in a small change and read in a full run.
    edits=[
        "INSERT DATA { GRAPH g:one { <x:a> :p <<( <x:a> :x 5 )>> ; :q <<( <x:a> :x 5 )>> } }",
        "DROP SILENT GRAPH g:none",
        "DELETE WHERE { GRAPH g:one { <x:a> ?p ?o } }",
    ]
)
def test_after_any_change_the_inferred_graph_is_that_of_a_full_run(
    start: Releases, edits: list[str | tuple[str, str | None, str]]
) -> None:
    for edit in edits:
        if (release := made(start, edit)) is not None:
            check(release)


def made(start: Releases, edit: str | tuple[str, str | None, str]) -> Release | None:
    """The release that an edit leads to; ``None`` if it is refused."""
    # "GRAPH ?g" may be the inferred graph, what is cleared not there, and what is put a
    # contradiction: no change.
    with contextlib.suppress(ReservedGraph, QueryRefused, Inconsistent):
        if isinstance(edit, str):
            return publish_change(start, Update(PREFIX + edit), accept_clashes=True)[0]
        action, name, text = edit
        graph = f"{GRAPH}data/x/{name}" if name else None
        if action == "delete" and graph and graph not in start.current().manifest.graphs:
            return None
        return put(start, graph, f"{PREFIX}\n{text}" + (" ." if text else ""), action)
    return None


def content(stores: Stores) -> tuple[object, ...]:
    """All that queries see of a release in memory, as something to be compared."""
    assert stores.sizes
    labels = {name: sorted(texts._lines.split("\n")) for name, texts in stores.sizes.labels.items()}
    seen: list[object] = [stores.disjoint, stores.quads, replace(stores.sizes, labels={}), labels]
    for store in (stores.merged, stores.foreign, stores.asserted):
        if store is not None:
            triples = (quad for quad in store if not has_blank(quad))
            seen += [len(store), set(triples), set(store.named_graphs())]
    return tuple(seen)


def has_blank(quad: Quad) -> bool:
    return any("_:" in str(term) for term in quad)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.lists(st.one_of(UPDATES, UPDATES, UPLOADS), min_size=2, max_size=5))
@example(
    # In the unnamed graph and in another, then in one of them, then in none; a graph left empty.
    edits=[
        "INSERT DATA { <x:a> a :A . GRAPH g:one { <x:a> a :A } }",
        "DELETE DATA { <x:a> a :A }",
        "DELETE DATA { GRAPH g:one { <x:a> a :A } }",
        "DROP SILENT GRAPH g:one",
    ]
)
@example(
    # Shapes are not in the merged graph, and what stands there alone is not either.
    edits=[
        f"INSERT DATA {{ GRAPH <{SHAPES_GRAPH}> {{ <x:a> a :A }} GRAPH g:one {{ <x:a> a :A }} }}",
        "DELETE DATA { GRAPH g:one { <x:a> a :A } }",
    ]
)
def test_a_change_made_in_memory_leads_to_what_loading_gives(
    start: Releases, edits: list[str | tuple[str, str | None, str]]
) -> None:
    stores = loaded(start.current().folder, strict=True, rewrite=True)
    for edit in edits:
        release = made(start, edit)
        if release is None:
            continue
        anew = loaded(release.folder, strict=True, rewrite=True)
        if not has_delta(release.folder):
            stores = anew
            continue
        try:
            stores = followed(stores, release.folder)
        except ValueError:
            assert stores.asserted is None
            assert anew.asserted is not None
            stores = anew
        assert content(stores) == content(anew)


def test_a_release_of_somebody_elses_data_has_statistics(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "data")
    publish_nothing(releases)
    put(releases, f"{GRAPH}data/x/one", "<x:a> a <x:A> ; <x:p> 1, <x:b> .")
    release, _ = publish_change(releases, Update(PREFIX + "INSERT DATA { <x:b> a <x:A> }"))
    for number in releases.numbers():
        check_counts(releases.open(number))
    assert read_statistics(release.folder).classes == {"x:A": 2}  # type: ignore[union-attr]


def test_without_its_ontology_a_release_counts_nothing_inferred(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "data")
    publish_nothing(releases)
    put(releases, ONTOLOGY_GRAPH, ONTOLOGY)
    put(releases, f"{GRAPH}data/x/one", f"<x:a> a <{MIECO}A> .")
    assert releases.current().manifest.graphs[INFERRED_GRAPH] > 0
    put(releases, ONTOLOGY_GRAPH, "", "delete")
    assert set(releases.current().manifest.graphs) == {f"{GRAPH}data/x/one"}
    check_counts(releases.current())


INFERRED = f"GRAPH <{INFERRED_GRAPH}>"


@pytest.mark.parametrize(
    "forged",
    [
        f"INSERT DATA {{ {INFERRED} {{ <x:z> a :B }} }}",
        (
            f"DELETE WHERE {{ {INFERRED} {{ ?s ?p ?o }} }} ;"
            f" INSERT DATA {{ GRAPH <{UNNAMED_GRAPH}> {{ <x:z> a :B }} }}"
        ),
        (
            f"DELETE DATA {{ {INFERRED} {{ <x:a> a :B }} }} ;"
            f" INSERT DATA {{ {INFERRED} {{ <x:z> a :B }} }}"
        ),
        (
            f"DELETE {{ {INFERRED} {{ ?x a :B }} }} INSERT {{ {INFERRED} {{ <x:z> a :B }} }}"
            f" WHERE {{ {INFERRED} {{ ?x a :B }} }}"
        ),
    ],
)
def test_nobody_else_writes_what_is_inferred(start: Releases, forged: str) -> None:
    publish_change(start, Update(PREFIX + "CLEAR SILENT GRAPH g:one ; CLEAR SILENT GRAPH g:two"))
    publish_change(start, Update(PREFIX + "INSERT DATA { GRAPH g:one { <x:a> a :A } }"))
    with pytest.raises(ReservedGraph):
        publish_change(start, Update(PREFIX + forged))
    check(start.current())


@pytest.mark.parametrize("how", ["DELETE WHERE", "CLEAR", "graph store"])
def test_what_is_inferred_comes_back_when_it_is_cleared(start: Releases, how: str) -> None:
    publish_change(start, Update(PREFIX + "INSERT DATA { GRAPH g:one { <x:a> a :A } }"))
    change: Change = GraphChange("delete", INFERRED_GRAPH)
    if how == "DELETE WHERE":
        change = Update(f"DELETE WHERE {{ {INFERRED} {{ ?s ?p ?o }} }}")
    elif how == "CLEAR":
        change = Update(f"CLEAR {INFERRED}")
    release, _ = publish_change(start, change)
    assert release.manifest.graphs[INFERRED_GRAPH] > 0
    check(release)


@pytest.mark.parametrize("damage", [b"", b"PK", b"x" * 1000, None])
def test_damaged_arrays_are_made_anew(start: Releases, damage: bytes | None) -> None:
    path = start.current().folder / "facts.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    release, _ = publish_change(
        start, Update(PREFIX + "INSERT DATA { GRAPH g:one { <x:d> a :A } }"), accept_clashes=True
    )
    check(release)
