"""``mieco ontology release``: every form of one ontology, all of them or none."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
from pathlib import Path

import owlrl
import pytest
from rdflib import OWL, RDF, Graph, URIRef
from rdflib.compare import isomorphic

from conftest import Run, needs, needs_owlapi
from mieco.content import ontology_files
from mieco.curate.changes import as_markdown, compare
from mieco.curate.modules import merged
from mieco.curate.profile import violations
from mieco.curate.rl import within_rl
from mieco.curate.serialisation import stable_turtle
from mieco.settings import Settings
from test_inference import toys

GOOD = Path(__file__).parent / "ontology" / "good"
MIECO = "https://w3id.org/mieco/ontology#"
FORMS = ("mieco.ttl", "mieco.rdf", "mieco.jsonld", "mieco.nt")
OTHERS = {"context.jsonld", "mieco-inferred.ttl", "mieco-rl.ttl", "changes.md", "changes.json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(GOOD, tmp_path / "ontology")


@pytest.fixture(scope="module")
def own(mieco: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the project's own ontology; that it passes the checks, test_curate.py tests."""
    output = tmp_path_factory.mktemp("release") / "new" / "folder"
    done = mieco("ontology", "release", "--output", str(output), "--unchecked")
    assert done.returncode == 0, done.stderr
    return output


@needs("java", "HermiT")
def test_a_release_has_every_form(own: Path) -> None:
    names = {path.name for path in own.iterdir()} - {"alignments"}
    assert names == {*FORMS, *OTHERS}
    assert [p.name for p in own.parent.iterdir()] == [own.name]


@needs("java", "HermiT")
@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_the_same(own: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing may be fetched to read it.
    monkeypatch.setattr(socket.socket, "connect", None)
    assert isomorphic(Graph().parse(own / name), merged(ontology_files()))


@needs("java", "HermiT")
def test_a_release_is_one_ontology_that_imports_nothing(own: Path) -> None:
    graph = Graph().parse(own / "mieco.ttl")
    assert list(graph.subjects(RDF.type, OWL.Ontology)) == [
        URIRef("https://w3id.org/mieco/ontology")
    ]
    assert not list(graph.subject_objects(OWL.imports))


@needs("java", "HermiT")
def test_ntriples_are_sorted(own: Path) -> None:
    lines = (own / "mieco.nt").read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines)


@needs("java", "HermiT")
def test_the_inferred_form_adds_the_classification_and_nothing_else(own: Path) -> None:
    more = Graph().parse(own / "mieco-inferred.ttl")
    assert len(more) > len(merged(ontology_files()))
    added = set(more) - set(merged(ontology_files()))
    expected = set(Graph().parse(ontology_files().classification))
    named = {t for t in added if isinstance(t[0], URIRef) and isinstance(t[2], URIRef)}
    assert named <= expected


@needs("java", "HermiT")
def test_the_context_reads_plain_json(own: Path) -> None:
    context = json.loads((own / "context.jsonld").read_text(encoding="utf-8"))
    plain = {
        **context,
        "id": "http://example.org/a",
        "type": "Consortium",
        "ledBy": "http://example.org/b",
        "statedMemberCount": 3,
        "label_zh": "联合体",
    }
    read = Graph().parse(data=json.dumps(plain), format="json-ld")
    wanted = Graph().parse(
        data=f"""@prefix mieco: <{MIECO}> . @prefix : <http://example.org/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        :a a mieco:Consortium ; mieco:ledBy :b ; mieco:statedMemberCount 3 ;
           rdfs:label "联合体"@zh ."""
    )
    assert set(read) == set(wanted)


@needs_owlapi
def test_the_rl_form_is_in_owl_2_rl(own: Path) -> None:
    catalogue = ontology_files().catalogue
    assert violations(catalogue, "OWL2_RL", own / "mieco-rl.ttl", Settings().owlapi) == []
    # The whole is not, for its definitions go both ways.
    assert violations(catalogue, "OWL2_RL", own / "mieco.ttl", Settings().owlapi) != []


def test_the_rl_form_classifies_as_the_whole_does() -> None:
    """Its own half of each definition is enough for a rule engine."""

    def types(ontology: Graph) -> set[tuple[str, str]]:
        closure = toys() + ontology
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
        return {
            (str(s), str(o))
            for s, o in closure.subject_objects(RDF.type)
            if str(s).startswith("http://example.org/") and str(o).startswith(MIECO)
        }

    whole = merged(ontology_files())
    found = types(within_rl(whole))
    assert ("http://example.org/recognition/c", f"{MIECO}NationallyRecognisedConsortium") in found
    assert found == types(whole)


@needs_owlapi
def test_axioms_without_a_form_in_rl_are_left_out(mieco: Run, folder: Path, tmp_path: Path) -> None:
    core = folder / "core.ttl"
    more = """
    mieco:School rdfs:subClassOf [ a owl:Restriction ; owl:onProperty mieco:inField ;
        owl:someValuesFrom skos:Concept ] .
    mieco:Actor rdfs:subClassOf [ a owl:Restriction ; owl:onProperty mieco:inField ;
        owl:maxCardinality 3 ] .
    mieco:Firm owl:equivalentClass [ a owl:Restriction ; owl:onProperty mieco:inField ;
        owl:allValuesFrom skos:ConceptScheme ] ."""
    text = core.read_text(encoding="utf-8") + more
    core.write_text(stable_turtle(Graph().parse(data=text)), encoding="utf-8")
    assert mieco("ontology", "classify", "--folder", str(folder)).returncode == 0
    done = mieco("ontology", "release", "--folder", str(folder), "--output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr


@needs_owlapi
def test_nothing_is_written_where_the_checks_find_errors(
    mieco: Run, folder: Path, tmp_path: Path
) -> None:
    core = folder / "core.ttl"
    core.write_text(core.read_text("utf-8").replace("mieco:headcount", "mieco:staff"), "utf-8")
    output = tmp_path / "out"
    done = mieco("ontology", "release", "--folder", str(folder), "--output", str(output))
    assert done.returncode == 1
    assert "so nothing was written" in done.stderr
    assert not output.exists()
    unchecked = ("--output", str(output), "--unchecked")
    assert mieco("ontology", "release", "--folder", str(folder), *unchecked).returncode == 0
    changes = json.loads((output / "changes.json").read_text(encoding="utf-8"))
    assert [term["iri"] for term in changes["removed"]] == [f"{MIECO}headcount"]
    assert [term["iri"] for term in changes["added"]] == [f"{MIECO}staff"]


def test_a_folder_that_exists_is_never_overwritten(mieco: Run, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = mieco("ontology", "release", "--output", str(tmp_path), "--unchecked")
    assert done.returncode == 2
    assert "is not overwritten" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["precious"]


@needs("java", "HermiT")
def test_a_release_that_fails_half_way_leaves_nothing(
    mieco: Run, folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out" / "release"
    given = ("--folder", str(folder), "--output", str(output), "--unchecked")
    done = mieco("ontology", "release", *given, PATH=str(tmp_path))
    assert done.returncode == 3
    assert list(output.parent.iterdir()) == []


@needs_owlapi
def test_a_version_is_released_with_one_content_only(
    mieco: Run, folder: Path, tmp_path: Path
) -> None:
    kept = mieco("ontology", "keep", "--folder", str(folder))
    assert kept.stdout == "releases/0.2.0.ttl\n"
    assert mieco("ontology", "keep", "--folder", str(folder)).returncode == 0
    place = folder / "releases" / "0.2.0"
    for name in ("mieco.ttl", "core.ttl", "external.ttl", "catalog-v001.xml"):
        assert (place / name).read_bytes() == (folder / name).read_bytes()
    text = gzip.decompress((place / "mieco.ofn.gz").read_bytes()).decode()
    assert "EquivalentClasses(mieco:SchoolActivity" in text
    assert b"<Ontology" in gzip.decompress((place / "mieco.owx.gz").read_bytes())
    core = folder / "core.ttl"
    core.write_text(core.read_text("utf-8").replace('"headcount"@en', '"number"@en'), "utf-8")
    for command in (("keep",), ("release", "--unchecked", "--output", str(tmp_path / "out"))):
        done = mieco("ontology", *command, "--folder", str(folder))
        assert done.returncode == 2
        assert "version 0.2.0 was released with other content" in done.stderr


def test_changes_are_told_term_by_term() -> None:
    before = merged(ontology_files(GOOD))
    after = Graph().parse(
        data=before.serialize(format="turtle")
        .replace("mieco:SchoolActivity", "mieco:Lesson")
        .replace("owl:someValuesFrom mieco:School", "owl:someValuesFrom mieco:Firm")
        .replace("mieco:School a", "mieco:School rdfs:comment 'x' ; owl:deprecated true ; a")
    )
    said = as_markdown(compare("0.1.0", before, "0.2.0", after)).splitlines()
    assert said[0] == "# 0.1.0 → 0.2.0：变更 · Changes"
    assert "## 新增术语 · Terms added (1)" in said
    assert "- `mieco:Lesson` 办学活动 · school activity" in said
    assert "- `mieco:SchoolActivity` 办学活动 · school activity" in said
    assert "## 弃用术语 · Terms deprecated (1)" in said
    assert '  - + `owl:deprecated "true"^^xsd:boolean`' in said


def test_a_changed_axiom_is_shown_in_full() -> None:
    before = merged(ontology_files(GOOD))
    after = Graph().parse(
        data=before.serialize(format="turtle").replace(
            "owl:someValuesFrom mieco:School", "owl:someValuesFrom mieco:Firm"
        )
    )
    (edit,) = compare("0.1.0", before, "0.2.0", after).changed
    axiom = "owl:equivalentClass ((mieco:involves some mieco:{}) and mieco:Activity)"
    assert edit.removed == [axiom.format("School")]
    assert edit.added == [axiom.format("Firm")]
