"""``mieco ontology check`` and what keeps the ontology in order, as a person uses them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import RDF, Graph

from conftest import Run, needs, needs_owlapi
from mieco.curate.check import CHECKS
from mieco.curate.serialisation import stable_turtle
from mieco.reason.hermit import realise

GOOD = Path(__file__).parent / "ontology" / "good"
MIECO = "https://w3id.org/mieco/ontology#"
Rules = Callable[..., dict[str, str]]  # check → rule → message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a small ontology in which all is well."""
    return shutil.copytree(GOOD, tmp_path / "ontology")


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Changes a module and leaves it well serialised."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(stable_turtle(Graph().parse(data=text.replace(old, new))), encoding="utf-8")


@pytest.fixture
def rules(called: Run, folder: Path) -> Rules:
    """What one check finds in the folder: rule → its message, in English."""

    def found(check: str, *, code: int = 1) -> dict[str, str]:
        done = called("ontology", "check", "--only", check, "--folder", str(folder), "--json")
        assert done.returncode == code, done.stderr
        (outcome,) = json.loads(done.stdout)
        return {f["rule"]: f["message"]["en"] for f in outcome["findings"]}

    return found


@needs_owlapi
def test_the_ontology_passes_every_check(mieco: Run) -> None:
    done = mieco("ontology", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if not line.startswith("  ")]
    assert [line[0] for line in lines] == list(CHECKS)


def test_findings_are_told_in_chinese_too(mieco: Run, folder: Path) -> None:
    edit(folder, "core.ttl", '"人数"@zh', '"headcount"@en')
    said = mieco(
        "ontology", "check", "--only", "hygiene", "--folder", str(folder), MIECO_LANGUAGE="zh"
    )
    assert said.returncode == 1
    assert "hygiene       1 处错误" in said.stdout
    assert "mieco:headcount 没有语言为 zh 的名称" in said.stdout


def test_a_removed_term_is_missed(rules: Rules, folder: Path) -> None:
    edit(folder, "core.ttl", "mieco:headcount", "mieco:staff")
    assert (
        "mieco:headcount (owl:DatatypeProperty) of the last release"
        in rules("versions")["term-gone"]
    )


def test_a_term_that_changes_its_kind_is_missed(rules: Rules, folder: Path) -> None:
    edit(
        folder,
        "core.ttl",
        "mieco:headcount a owl:DatatypeProperty",
        "mieco:headcount a owl:ObjectProperty",
    )
    assert rules("versions").keys() == {"term-gone"}


def test_a_term_may_be_deprecated_with_a_reason(rules: Rules, folder: Path) -> None:
    edit(folder, "core.ttl", "mieco:headcount a", "mieco:headcount owl:deprecated true ; a")
    assert rules("versions").keys() == {"deprecation-unexplained"}
    edit(
        folder,
        "core.ttl",
        "mieco:headcount a",
        "mieco:headcount skos:changeNote 'Not kept.'@en ; a",
    )
    assert rules("versions", code=0) == {}


def test_a_version_names_the_one_before(rules: Rules, folder: Path) -> None:
    edit(folder, "mieco.ttl", "owl:priorVersion :0.1.0 ;", "")
    assert rules("versions").keys() == {"prior-version"}


def test_a_file_in_another_order_is_found_and_mended(
    mieco: Run, rules: Rules, folder: Path
) -> None:
    core = folder / "core.ttl"
    before = core.read_text(encoding="utf-8")
    core.write_text("# a note\n" + before, encoding="utf-8")
    assert rules("serialisation").keys() == {"not-stable"}
    assert mieco("ontology", "format", "--folder", str(folder)).stdout == "core.ttl\n"
    assert core.read_text(encoding="utf-8") == before
    assert rules("serialisation", code=0) == {}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('name="https://w3id.org/mieco/ontology/core"', 'name="urn:x"', "catalogue-lacks"),
        ('uri="external.ttl"', 'uri="core.ttl"', "catalogue-astray"),
        ("</catalog>", '<uri name="urn:x" uri="core.ttl"/></catalog>', "catalogue-stale"),
    ],
)
def test_a_wrong_catalogue_is_found(
    rules: Rules, folder: Path, old: str, new: str, rule: str
) -> None:
    catalogue = folder / "catalog-v001.xml"
    catalogue.write_text(catalogue.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert rule in rules("catalogue")


@needs_owlapi
def test_the_owl_api_finds_imports_by_the_catalogue_alone(rules: Rules, folder: Path) -> None:
    assert rules("profile", code=0) == {}
    catalogue = folder / "catalog-v001.xml"
    catalogue.write_text(
        catalogue.read_text("utf-8").replace('ontology/core"', 'ontology/heart"'), "utf-8"
    )
    assert "no-entry-in-the-catalogue" in rules("profile")["unreadable"]


@needs_owlapi
def test_what_is_outside_owl_2_dl_is_found(rules: Rules, folder: Path) -> None:
    # A property cannot be both transitive and functional.
    edit(
        folder,
        "core.ttl",
        "mieco:involves a",
        "mieco:involves a owl:TransitiveProperty , owl:FunctionalProperty ; a",
    )
    assert "mieco:involves" in rules("profile")["not-dl"]


@needs_owlapi
def test_alignments_are_held_to_the_profile_too(rules: Rules, folder: Path) -> None:
    (folder / "alignments").mkdir()
    (folder / "alignments" / "foaf.ttl").write_text(
        f"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <https://w3id.org/mieco/ontology/alignments/foaf> a owl:Ontology .
        <{MIECO}Actor> rdfs:subClassOf <http://xmlns.com/foaf/0.1/Agent> ."""
    )
    assert rules("profile")["not-dl"].startswith("alignments/foaf.ttl is outside OWL 2 DL")


@needs("java", "HermiT")
def test_a_class_without_possible_members_is_found(rules: Rules, folder: Path) -> None:
    edit(folder, "core.ttl", "mieco:School a", "mieco:School rdfs:subClassOf mieco:Firm ; a")
    assert rules("hermit").keys() == {"unsatisfiable"}


@needs("java", "HermiT")
def test_an_inconsistent_ontology_is_found(rules: Rules, folder: Path) -> None:
    edit(
        folder,
        "core.ttl",
        "mieco:School a",
        "mieco:both a mieco:Firm , mieco:School . mieco:School a",
    )
    assert rules("hermit").keys() == {"inconsistent"}


@needs("java", "HermiT")
def test_what_hermit_cannot_read_is_a_finding(rules: Rules, folder: Path) -> None:
    edit(folder, "core.ttl", "rdfs:range xsd:integer", "rdfs:range xsd:date")
    assert "XMLSchema#date" in rules("hermit")["beyond-reasoner"]


@needs("java", "HermiT")
def test_another_classification_is_found_and_can_be_accepted(
    mieco: Run, rules: Rules, folder: Path
) -> None:
    edit(folder, "core.ttl", "mieco:Activity [", "mieco:Actor [")
    edit(folder, "core.ttl", "rdfs:domain mieco:Activity", "rdfs:domain mieco:Actor")
    found = rules("hermit")
    assert "mieco:SchoolActivity should be inferred" in found["classification-lost"]
    assert "mieco:SchoolActivity is inferred" in found["classification-new"]
    assert mieco("ontology", "classify", "--folder", str(folder)).returncode == 0
    assert rules("hermit", code=0) == {}


@needs("java", "HermiT")
def test_hermit_says_what_follows_about_individuals() -> None:
    graph = Graph()
    for path in GOOD.glob("*.ttl"):
        graph.parse(path)
    graph.parse(
        data=f"""@prefix mieco: <{MIECO}> . @prefix : <http://example.org/> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        :hostedBy a owl:ObjectProperty ; rdfs:subPropertyOf mieco:involves .
        :lesson :hostedBy :college . :college a mieco:School ."""
    )
    example = "http://example.org/"
    inferred = {(str(s), str(p), str(o)) for s, p, o in realise(graph)}
    assert (f"{example}lesson", str(RDF.type), f"{MIECO}SchoolActivity") in inferred
    assert (f"{example}lesson", f"{MIECO}involves", f"{example}college") in inferred


def test_without_java_one_sentence_says_so(mieco: Run, tmp_path: Path) -> None:
    for check, said in (("hermit", "Java was not found"), ("profile", "JDK was not found")):
        done = mieco("ontology", "check", "--only", check, PATH=str(tmp_path))
        assert done.returncode == 3
        assert done.stderr.startswith(f"mieco: {said}")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("complaint", "tool"),
    [
        ("java.lang.module.FindException: Module jdk.compiler not found", "JDK"),
        ("error: package org.semanticweb.owlapi.model does not exist", "OWL API"),
    ],
)
def test_without_compiler_or_owl_api_one_sentence_says_so(
    mieco: Run, tmp_path: Path, complaint: str, tool: str
) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    java.chmod(0o755)
    done = mieco("ontology", "check", "--only", "profile", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 3
    assert done.stderr.startswith(f"mieco: {tool} was not found, so the check 'profile'")
    assert done.stderr.count("\n") == 1


def test_without_diffable_rdf_one_sentence_says_so(mieco: Run, tmp_path: Path) -> None:
    (tmp_path / "diffable_rdf.py").write_text("raise ImportError\n")
    done = mieco("ontology", "check", "--only", "serialisation", PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    assert done.stderr.startswith("mieco: diffable-rdf was not found")
    assert "mieco[ontology]" in done.stderr


def test_a_folder_that_holds_no_ontology_is_refused(mieco: Run, tmp_path: Path) -> None:
    done = mieco("ontology", "check", "--folder", str(tmp_path))
    assert done.returncode == 2
    assert "there is no mieco.ttl in it" in done.stderr


def test_a_module_that_is_not_turtle_is_named(mieco: Run, folder: Path) -> None:
    (folder / "core.ttl").write_text("this is not Turtle")
    done = mieco("ontology", "check", "--folder", str(folder))
    assert done.returncode == 2
    assert "core.ttl: at line 1: Bad syntax" in done.stderr
    assert done.stderr.count("\n") == 1
