"""Programs that load the ontology by its address, each in its own way."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import owlready2
import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
from rdflib import OWL, RDF, Graph, URIRef

from conftest import Server, needs, needs_owlapi
from mieco.content import ontology_files
from mieco.settings import Settings

KEPT = ontology_files().kept_text("0.3.0")
LOAD = Path(__file__).parent / "owlapi" / "Load.java"


@pytest.fixture(scope="module")
def whole() -> Graph:
    """What the current version says."""
    return Graph().parse(KEPT)


def canonical(graph: Graph) -> Dataset:
    """Equal for graphs that say the same; rdflib's own comparison takes long for large ones."""
    said = Dataset(parse(graph.serialize(format="nt"), format=RdfFormat.N_TRIPLES))
    said.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return said


def test_owlready2_loads_it(server: Server, whole: Graph) -> None:
    """It names no format in its request, and does not read Turtle."""
    ontology = owlready2.World().get_ontology(f"{server.url}/ontology").load()
    assert ontology.base_iri == "https://w3id.org/mieco/ontology#"
    declared = {str(c) for c in whole.subjects(RDF.type, OWL.Class) if isinstance(c, URIRef)}
    assert {c.iri for c in ontology.classes()} == declared
    assert len(ontology.graph) == len(whole)
    assert "市域产教联合体" in ontology.Consortium.label.zh


def test_owlready2_loads_an_old_version(server: Server) -> None:
    ontology = owlready2.World().get_ontology(f"{server.url}/ontology/0.2.0.owl").load()
    assert ontology.metadata.versionInfo == ["0.2.0"]


def test_rdflib_parses_it(server: Server, whole: Graph) -> None:
    """With the header that names all that it reads."""
    parsed = Graph().parse(f"{server.url}/ontology")
    assert canonical(parsed) == canonical(whole)


@pytest.mark.parametrize("form", ["xml", "turtle", "json-ld", "nt"])
def test_rdflib_parses_a_module_in_each_format(server: Server, form: str) -> None:
    core = Graph().parse(ontology_files().folder / "core.ttl")
    parsed = Graph().parse(f"{server.url}/ontology/core", format=form)
    assert canonical(parsed) == canonical(core)


@needs_owlapi
def test_the_owl_api_loads_every_form_alike(server: Server) -> None:
    """As Protégé does: without a format it takes RDF/XML."""
    addresses = ["ontology", *(f"ontology/0.3.0.{e}" for e in ("ttl", "owx", "ofn"))]
    done = subprocess.run(
        [
            *("java", "-Dfile.encoding=UTF-8", "-cp", Settings().owlapi, str(LOAD)),
            *(f"{server.url}/{address}" for address in addresses),
            KEPT.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[3] for row in rows] == [
        "RDF/XML Syntax",
        "Turtle",
        "OWL/XML Syntax",
        "OWL Functional Syntax",
        "Turtle",
    ]
    assert {tuple(row[:3]) for row in rows} == {tuple(rows[-1][:3])}
    assert rows[0][2] == "<https://w3id.org/mieco/ontology/0.3.0>"


@needs("curl", "a test of a client")
def test_curl_gets_the_file(server: Server) -> None:
    told = subprocess.run(
        ["curl", "-sfL", "-H", "Accept: text/turtle", f"{server.url}/ontology/0.3.0"],
        capture_output=True,
        check=True,
        timeout=30,
        env={"PATH": os.environ["PATH"]},
    )
    assert told.stdout == KEPT.read_bytes()
