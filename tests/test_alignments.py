"""The alignments: each SSSOM table is well-formed, and says what the Turtle beside it says."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef

from mieco import content, terms

FILES = content.ontology_files()
TABLES = sorted(p.with_suffix(".sssom.tsv") for p in FILES.alignments)
MIECO = Namespace(terms.MIECO)
MATCHES = {SKOS.closeMatch, SKOS.relatedMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.exactMatch}
MAPPINGS = {RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, *MATCHES}


def read(path: Path) -> tuple[dict[str, object], list[dict[str, str]]]:
    """The metadata block and the rows of an SSSOM table (SSSOM, embedded mode)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    block = [line[1:] for line in lines if line.startswith("#")]
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return yaml.safe_load("\n".join(block)), list(rows)


def expanded(curie: str, prefixes: dict[str, str]) -> URIRef:
    prefix, _, local = curie.partition(":")
    return URIRef(prefixes[prefix] + local)


def test_there_is_a_table_for_each_vocabulary() -> None:
    names = {path.name.split(".")[0] for path in TABLES}
    assert names == {"org", "prov", "sosa", "schema", "dcterms", "elm", "esco", "ctdl"}
    assert {p.name.split(".")[0] for p in (FILES.folder / "alignments").glob("*.tsv")} == names


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.name.split(".")[0])
def test_the_table_says_what_the_module_says(ontology: Graph, path: Path) -> None:
    about, rows = read(path)
    assert {"curie_map", "mapping_set_id", "license", "mapping_set_title"} <= about.keys()
    prefixes = about["curie_map"]
    assert isinstance(prefixes, dict)
    aligned = Graph().parse(path.parent / f"{path.name.split('.')[0]}.ttl")
    tabled = set()
    for row in rows:
        subject, predicate, other = (
            expanded(row[column], prefixes)
            for column in ("subject_id", "predicate_id", "object_id")
        )
        assert row["mapping_justification"] == "semapv:ManualMappingCuration"
        assert " / " in row["comment"], "a reason in both languages"
        assert subject in MIECO
        assert (subject, RDFS.label, None) in ontology
        assert other not in MIECO
        tabled.add((subject, predicate, other))
    assert len(tabled) == len(rows) > 0
    in_turtle = {t for t in aligned if t[1] in MAPPINGS and t[0] in MIECO}
    # What the modules themselves assert is in the table and not repeated in the alignment.
    assert tabled - set(ontology) == in_turtle
    assert {p for _, p, _ in tabled} <= MAPPINGS
    for _, predicate, other in tabled - set(ontology):
        if predicate not in MATCHES:
            assert (other, RDF.type, None) in aligned + ontology
