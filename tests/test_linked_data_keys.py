"""Keys that look like documents, names in other scripts, escapes: which thing an address means."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, QuerySolutions, Store, Variable

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


@settings(max_examples=150, deadline=None)
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
    graph = "/graphs?graph=https://example.org/g"
    headers = {"Content-Type": "text/turtle", **BEARER}
    assert store.send("PUT", graph, headers, turtle.encode()).status == 201
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
