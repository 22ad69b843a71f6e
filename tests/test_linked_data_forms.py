"""What the documents hold: JSON-LD in readable names, plain JSON, CSV, schema.org in the page."""

from __future__ import annotations

import csv
import json
import re
import urllib.request
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)
from rdflib import Graph

from conftest import Server
from mieco import content
from mieco.curate.context import context_of, read_context
from mieco.present.json_ld import Compactor

PATH = "/id/consortium/shenzhen"
IRI = f"https://w3id.org/mieco{PATH}"
MIECO = "https://w3id.org/mieco/ontology#"
XSD = "http://www.w3.org/2001/XMLSchema#"


def canonical(quads: Any) -> set[Quad]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


def test_the_context_is_that_of_the_ontology(server: Server, ontology: Graph) -> None:
    reply = server.get("/context.jsonld", "application/ld+json")
    assert reply.headers["Content-Type"] == "application/ld+json"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age=86400" in reply.headers["Cache-Control"]
    assert reply.json() == {"@context": context_of(ontology)}
    for tag in (reply.headers["ETag"], f'W/"x", {reply.headers["ETag"][:-1]}-gzip"', "*"):
        again = server.send("GET", "/context.jsonld", {"If-None-Match": tag})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == reply.headers["ETag"]
    assert server.send("GET", "/context.jsonld", {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(
    "path", [PATH, "/concept/aim", "/id/record/memberships-m018", "/question/q53", "/shapes/core"]
)
def test_json_ld_is_readable_and_pyld_reads_it_as_it_was(server: Server, path: str) -> None:
    address = f"{server.url}{path}.jsonld"
    document = server.get(f"{path}.jsonld").json()
    assert list(document) == ["@context", "@graph"]
    assert document["@context"] == f"{server.url}/context.jsonld"
    assert document["@graph"][0]["id"] == f"https://w3id.org/mieco{path}"
    told = jsonld.to_rdf(address, {"documentLoader": fetch, "format": "application/n-quads"})
    expected = parse(server.get(f"{path}.nt").body, RdfFormat.N_TRIPLES)
    assert canonical(parse(told, RdfFormat.N_QUADS)) == canonical(expected)


def fetch(url: str, _: object) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Accept": "application/ld+json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        kind = reply.headers.get_content_type()
        told = {"contentType": kind, "contextUrl": None, "documentUrl": reply.url}
        return {**told, "document": json.load(reply)}


def test_json_ld_names_are_short(server: Server) -> None:
    first, record = server.get(f"{PATH}.jsonld").json()["@graph"][:2]
    assert "Consortium" in first["type"]
    assert first["label_zh"] == "深圳市域产教联合体"
    assert first["locatedIn"][0].startswith("https://w3id.org/mieco/id/place/")
    assert record["describes"] == IRI
    assert record["wasDerivedFrom"][0].startswith("https://w3id.org/mieco/source/")
    # Short names for all that the data say of a consortium and its record.
    assert [name for name in (*first, *record) if ":" in name] == []


CONTEXT = read_context(content.ontology_files())
COMPACTOR = Compactor(CONTEXT)
iris = st.sampled_from(
    [
        *(MIECO + n for n in ("memberOf", "value", "year", "foundingDate", "Consortium")),
        *("http://www.w3.org/1999/02/22-rdf-syntax-ns#" + n for n in ("type", "first", "nil")),
        *("http://www.w3.org/2000/01/rdf-schema#label", "http://purl.org/dc/terms/date"),
        *("http://example.org/%20产", "urn:x:y", "mailto:a@b", "dcterms:title", "role:x", MIECO),
    ]
).map(NamedNode)
nodes = st.one_of(iris, st.sampled_from("ab").map(BlankNode))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
literals = st.one_of(
    texts.map(Literal),
    st.builds(lambda text, tag: Literal(text, language=tag), texts, st.sampled_from(["zh", "de"])),
    st.builds(
        lambda text, kind: Literal(text, datatype=NamedNode(kind)),
        st.sampled_from(["1", "01", "2024", "2024-01-01", "true", "{}", ""]),
        st.sampled_from([f"{XSD}{n}" for n in ("integer", "gYear", "date", "string")])
        | st.just("http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"),
    ),
)
graphs = st.sets(st.builds(Triple, nodes, iris, nodes | literals), max_size=6)


@settings(max_examples=60, deadline=None)
@given(graphs)
def test_any_graph_survives_short_names(graph: set[Triple]) -> None:
    written = COMPACTOR.write(graph, f"{MIECO}memberOf", "https://example.org/context")
    if written is None:
        # An IRI that would be taken for a short name: the whole is then written in full.
        assert any(str(term).startswith("<dcterms:") for triple in graph for term in triple)
        return
    document = {**json.loads(written), "@context": CONTEXT}
    told = jsonld.to_rdf(document, {"format": "application/n-quads"})
    expected = (Quad(t.subject, t.predicate, t.object) for t in graph)
    assert canonical(parse(told, RdfFormat.N_QUADS)) == canonical(expected)


def test_csv_has_a_row_for_each_statement(server: Server) -> None:
    rows = list(csv.DictReader(server.get(f"{PATH}.csv?lang=en").text.splitlines()))
    told = server.get(f"{PATH}.json").json()
    assert len(rows) == len(told["types"]) + len(told["statements"])
    assert list(rows[0]) == ["property", "property_label", "value", "value_label", "inferred"]
    (park,) = [row for row in rows if row["property"] == f"{MIECO}basedOnPark"]
    assert park["value"].startswith("https://w3id.org/mieco/id/organisation/")
    assert (park["property_label"], park["value_label"]) == (
        "is based on park",
        "Shenzhen High-tech Industrial Park",
    )
    assert {row["inferred"] for row in rows} == {"true", "false"}
    assert server.get(f"{PATH}.csv?bom=1").body.startswith("\ufeff".encode())


def schema_of(server: Server, path: str, **parameters: str) -> dict[str, Any]:
    page = server.get(path, "text/html", **parameters).text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found: dict[str, Any] = json.loads(block)
    return found


def test_the_page_speaks_schema_org(server: Server) -> None:
    page = schema_of(server, f"{PATH}.html", lang="en")
    assert (page["@context"], page["@type"]) == ("https://schema.org/", "WebPage")
    assert page["url"] == f"{server.url}{PATH}.html"
    assert page["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert page["citation"][0]["@id"].startswith("https://w3id.org/mieco/source/")
    thing = page["mainEntity"]
    assert set(thing["@type"]) == {"Consortium", "Organization"}
    assert thing["@id"] == IRI
    assert {"@value": "深圳市域产教联合体", "@language": "zh"} in thing["name"]
    assert thing["alternateName"]["@language"] == "en"
    assert all(member["@id"] and member["name"] for member in thing["member"])
    place = schema_of(server, "/id/place/shenzhen.html")["mainEntity"]
    assert place["@type"] == "AdministrativeArea"
    assert "中国" in {whole["name"] for whole in place["containedInPlace"]}
    concept = schema_of(server, "/concept/grade/primary.html")["mainEntity"]
    assert concept["@type"] == "DefinedTerm"
    assert concept["inDefinedTermSet"]["@id"] == "https://w3id.org/mieco/concept/grade"
    assert schema_of(server, "/concept/grade.html")["mainEntity"]["@type"] == "DefinedTermSet"
    assert schema_of(server, "/release/1.html")["mainEntity"]["@type"] == "Thing"


def test_schema_org_holds_nothing_that_is_not_said(server: Server) -> None:
    told = server.get(f"{PATH}.json").json()
    values = {each["value"]["value"] for each in told["statements"]}
    for word, each in schema_of(server, f"{PATH}.html")["mainEntity"].items():
        for value in each if isinstance(each, list) else [each]:
            if not word.startswith("@"):
                given = value if isinstance(value, str) else value.get("@id", value.get("@value"))
                assert given in values, word
