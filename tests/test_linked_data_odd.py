"""Odd things: keys that look like documents, other scripts, names that would break a page."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, QuerySolutions, Store, Variable
from rdflib import Graph

from conftest import BEARER, Server
from mieco import content
from mieco.ask.addresses import find_address
from mieco.engine.base import JSON_RESULTS, Answer, Query
from mieco.errors import NotFound
from mieco.present.formats import THING_FORMATS

BASE = "https://w3id.org/mieco/"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
EXTENSIONS = tuple(form.name for form in THING_FORMATS)

stems = st.text("ab.-~:'()产é%2/", min_size=1, max_size=6).filter(
    lambda text: not re.search(r"%(?!2[2-5])|//|^/|/$", text)
)
ends = st.sampled_from(["", ".ttl", ".csv", ".html", ".json.ttl", ".0", ".xyz", "."])
keys = st.builds(lambda stem, end: f"id/{stem}{end}", stems, ends)


class Plain:
    """An engine that is a store of this process."""

    def __init__(self, things: set[str]) -> None:
        self.store = Store()
        self.store.extend(
            Quad(NamedNode(BASE + key), LABEL, NamedNode("urn:x"), NamedNode("urn:g"))
            for key in things
        )

    def query(self, query: Query, **_: object) -> Answer:
        bound = {Variable(name): term for name, term in query.bindings.items()}
        found = self.store.query(query.text, substitutions=bound)
        assert isinstance(found, QuerySolutions)
        told = found.serialize(format=QueryResultsFormat.JSON) or b""
        return Answer("solutions", JSON_RESULTS, iter([told]), lambda: None, "both")


def find(engine: Plain, path: str) -> tuple[str, str, bool] | None:
    try:
        found = find_address(engine, path, EXTENSIONS, seconds=1)  # type: ignore[arg-type]
    except NotFound:
        return None
    return found.iri.removeprefix(BASE), found.extension, found.shared


@settings(max_examples=60, deadline=None)
@given(st.sets(keys, min_size=1, max_size=6), keys)
def test_each_address_means_one_thing(things: set[str], other: str) -> None:
    engine = Plain(things)
    for key in things:
        shared = any(f"{key}.{name}" in things for name in EXTENSIONS)
        assert find(engine, key) == (key, "", shared)
        for name in EXTENSIONS:
            if f"{key}.{name}" not in things:
                assert find(engine, f"{key}.{name}") == (key, name, shared)
        if unquote(key) not in things and quote(unquote(key), safe="/:'()") == key:
            # Those who follow the IRI itself send its escapes, which are undone on the way.
            assert find(engine, unquote(key)) == (key, "", shared)
    found = find(engine, other)
    assert found is None or found[0] in things
    if not found:
        assert other not in things


def test_the_query_knows_every_extension() -> None:
    text = (content.folder("queries") / "pages" / "addresses.rq").read_text(encoding="utf-8")
    (listed,) = re.findall(r"VALUES \?end \{([^}]*)\}", text)
    assert json.loads(f"[{', '.join(listed.split())}]") == ["", *(f".{n}" for n in EXTENSIONS)]


def test_odd_keys_open_over_http(store: Server) -> None:
    iris = [
        f"{BASE}{key}"
        for key in (
            *("software/mieco/0.1.0", "import/acme/may/3", "import/acme/may/3/agent"),
            *("file/sha256/0ab", "id/file/list", "id/file/list.csv", "id/file/list.csv.ttl"),
            *("id/产教/é.ttl", "id/a%20b", "id/it's(1),2;3=4&5+6", "graph/data/acme/v1.2"),
        )
    ]
    turtle = "".join(f'<{iri}> <{LABEL.value}> "{place}" .' for place, iri in enumerate(iris))
    put(store, turtle)
    for place, iri in enumerate(iris):
        path = quote(iri.removeprefix(BASE[:-1]), safe="/%'(),;=&+")
        for media_type in ("text/turtle", "text/html", "text/csv"):
            document = store.follow(path, media_type)
            assert document.status == 200, path
            assert document.headers.get_content_type() == media_type
            assert str(place) in document.text
            assert f"<{iri}>" in document.text or media_type != "text/turtle"
    # The document of one is the thing of another, so it is at another address.
    moved = store.get("/id/file/list", "text/csv").headers["Location"]
    assert moved == f"{store.url}/thing?iri={quote(iris[4], safe='')}&format=csv"
    assert store.get("/id/file/list.csv").status == 303
    assert store.get("/id/file/list.nt").text == f'<{iris[4]}> <{LABEL.value}> "4" .\n'


def test_what_short_names_cannot_say_is_said_in_full(store: Server) -> None:
    said = "<http://example.org/a> <dcterms:title> 1 ; <http://example.org/p> 2 ."
    put(store, said)
    reply = store.get("/thing", "application/ld+json", iri="http://example.org/a")
    assert "@context" not in reply.text
    assert set(Graph().parse(data=reply.text, format="json-ld")) == set(Graph().parse(data=said))
    # So is what is too long for it.
    put(store, "".join(f'<http://example.org/a> <urn:p> "{n}{"x" * 9999}" .' for n in range(30)))
    reply = store.get("/thing", "application/ld+json", iri="http://example.org/a")
    assert "@context" not in reply.text
    assert len(Graph().parse(data=reply.text, format="json-ld")) == 30


def test_a_name_cannot_break_out_of_the_page(store: Server) -> None:
    name = '</script><script>alert(1)</script><!-- "\u2028'
    put(store, f"<http://example.org/a> <{LABEL.value}> {json.dumps(name)} .")
    page = store.get("/thing", "text/html", iri="http://example.org/a").text
    assert page.count("<script") == page.count("</script>") == 2
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block)["mainEntity"]["name"] == name


@pytest.mark.parametrize("tail", ["/evil.example/x", "search", "", "id/x/../y", "id//x", "q?a=b"])
def test_what_is_at_no_path_of_its_own_is_linked_to_all_the_same(store: Server, tail: str) -> None:
    """Not to another host, nor to what the service has at that path."""
    iri = f"https://w3id.org/mieco/{tail}"
    put(store, f"<{iri}> <{LABEL.value}> 'oddly named thing' .")
    (hit,) = json.loads(store.get("/search/suggest", q="oddly named").text)[3]
    assert hit.startswith("/thing?iri=")
    assert store.get(hit, "text/turtle").status == 200


def put(store: Server, turtle: str) -> None:
    headers = {"Content-Type": "text/turtle", **BEARER}
    reply = store.send("PUT", "/graphs?graph=https://example.org/g", headers, turtle.encode())
    assert reply.status in (201, 204)
