"""What the protocol asks of ``/sparql`` and ``/update`` beyond the W3C's own cases."""

from __future__ import annotations

import gzip
import urllib.parse
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from conftest import BEARER, FORM, QUERY, TOKEN, UPDATE, Server, running
from mieco.engine.functions import EXTENSION_FUNCTIONS
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, Format, negotiate

SD = "http://www.w3.org/ns/sparql-service-description#"
LABELS = "SELECT ?l { ?c <http://www.w3.org/2000/01/rdf-schema#label> ?l }"
SHARED = "<http://a/1> <http://p/q> 1 ."


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two graphs and the unnamed one share a triple; each has one more of its own."""
    folder = tmp_path_factory.mktemp("overlap")
    with running("--data", str(folder), "--empty", MIECO_TOKEN=TOKEN) as server:
        own = "<http://a/1> <http://p/q> {0}0 . _:b <http://p/r> 1"
        data = " ".join(f"GRAPH <http://g/{n}> {{ {SHARED} {own.format(n)} }}" for n in (1, 2))
        reply = server.post("/update", f"INSERT DATA {{ {SHARED} {data} }}", UPDATE, **BEARER)
        assert reply.status == 204, reply.text
        yield server


COUNT = "SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) {0} {{ ?s <http://p/q> ?o }}"
BOTH = "FROM <http://g/1> FROM <http://g/2>"


@pytest.mark.parametrize(
    ("clauses", "parameters", "n", "total"),
    [
        ("", [], "3", "31"),
        (BOTH, [], "3", "31"),
        ("from <http://g/1>\n# FROM <http://no>\nFrom <http://g/2>", [], "3", "31"),
        ("FROM <http://g/1> FROM <http://g/1>", [], "2", "11"),
        ("FROM NAMED <http://g/1>", [], "0", "0"),
        (f"{BOTH} FROM NAMED <http://g/1>", [], "3", "31"),
        ("", ["http://g/1", "http://g/2"], "3", "31"),
        ("FROM <http://g/1>", ["http://g/1", "http://g/2"], "3", "31"),
        (BOTH, ["http://g/1"], "2", "11"),
        ("", ["http://g/1", "http://g/1"], "2", "11"),
        ("", ["http://g/1", "http://no/such"], "2", "11"),
    ],
)
def test_a_default_graph_is_a_set(
    overlapping: Server, clauses: str, parameters: list[str], n: str, total: str
) -> None:
    fields = [("query", COUNT.format(clauses))]
    fields += [("default-graph-uri", iri) for iri in parameters]
    reply = overlapping.post("/sparql", urllib.parse.urlencode(fields), FORM)
    (row,) = reply.json()["results"]["bindings"]
    assert (row["n"]["value"], row["sum"]["value"]) == (n, total)


def test_graphs_in_a_merge_keep_their_blank_nodes_and_names(overlapping: Server) -> None:
    blank = f"SELECT (COUNT(DISTINCT ?b) AS ?n) {BOTH} {{ ?b <http://p/r> 1 }}"
    assert overlapping.query(blank) == [{"n": "1"}]  # one node of one update, in both graphs
    prefixed = "PREFIX g: <http://g/> SELECT ?o FROM g:1 FROM g:2 FROM NAMED g:2"
    rows = overlapping.query(f"{prefixed} {{ GRAPH ?g {{ ?s <http://p/q> ?o }} }}")
    assert sorted(row["o"] for row in rows) == ["1", "20"]


@pytest.mark.parametrize("named_by", ["text", "request"])
def test_an_update_counts_a_shared_triple_once(overlapping: Server, named_by: str) -> None:
    using = "USING <http://g/1> USING <http://g/2>" if named_by == "text" else ""
    text = f"""
        PREFIX p: <http://p/>
        INSERT {{ GRAPH <http://seen/> {{ <http://a/1> p:count ?n }} }} {using}
        WHERE {{ SELECT (COUNT(*) AS ?n) WHERE {{ ?s p:q ?o }} }} ;
        INSERT {{ GRAPH <http://seen/> {{ <http://a/1> p:again ?n }} }} {using}
        WHERE {{ {{ SELECT (COUNT(*) AS ?n) WHERE {{ ?s p:q ?o }} }} }}"""
    fields = [("update", text)]
    if named_by == "request":
        fields += [("using-graph-uri", f"http://g/{n}") for n in (1, 2)]
    body = urllib.parse.urlencode(fields)
    assert overlapping.post("/update", body, FORM, **BEARER).status == 204
    rows = overlapping.query("SELECT ?p ?n { GRAPH <http://seen/> { ?s ?p ?n } }")
    assert sorted(row["n"] for row in rows) == ["3", "3"]
    graphs = overlapping.query("SELECT ?g { GRAPH ?g { } }")
    assert {"http://g/1", "http://g/2", "http://seen/"} <= {row["g"] for row in graphs}
    assert not any(row["g"].startswith("urn:uuid:") for row in graphs)
    assert overlapping.post("/update", "DROP GRAPH <http://seen/>", UPDATE, **BEARER).status == 204


def test_operations_keep_their_prologue_and_their_place_in_an_error(overlapping: Server) -> None:
    text = (
        "PREFIX p: <http://p/>\nINSERT { <http://a/1> p:x 1 } USING <http://g/1> WHERE { } ;\n"
        "PREFIX p: <http://other/>\n INSRT DATA { <http://a/1> p:x 2 } ; # a typing error"
    )
    reply = overlapping.post("/update", text, UPDATE, **BEARER)
    problem = reply.json()
    assert (problem["code"], problem["line"], problem["column"]) == ("query-syntax", 4, 2)
    assert overlapping.query("SELECT * { ?s <http://p/x> 1 }") == []
    mended = text.replace("INSRT", "INSERT")
    assert overlapping.post("/update", mended, UPDATE, **BEARER).status == 204
    rows = overlapping.query("SELECT ?p { ?s ?p ?o FILTER(CONTAINS(STR(?p), 'x')) }")
    assert {row["p"] for row in rows} == {"http://p/x", "http://other/x"}


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "code"),
    [
        ("/sparql?query=ASK%7B%7D%FF", {}, None, 400, "bad-request"),
        ("/sparql?timeout=0&query=ASK%7B%7D", {}, None, 400, "bad-parameter"),
        ("/sparql?timeout=soon&query=ASK%7B%7D", {}, None, 400, "bad-parameter"),
        ("/sparql?timeout=nan&query=ASK%7B%7D", {}, None, 400, "bad-parameter"),
        ("/sparql?query=ASK%7B%7D" + "&a=1" * 1001, {}, None, 400, "bad-request"),
        ("/sparql", {"Content-Type": FORM}, b"query=ASK%7B%7D%FF", 400, "bad-request"),
        ("/sparql", {"Content-Type": f"{QUERY}; charset=gbk"}, b"ASK {}", 415, None),
        ("/sparql", {"Content-Type": f"{FORM}; charset=utf-16"}, b"query=ASK{}", 415, None),
        ("/sparql", {"Content-Type": QUERY, "Content-Encoding": "gzip"}, b"ASK {}", 415, None),
        ("/sparql?query=ASK%7B%7D", {"Content-Type": FORM}, b"query=ASK%7B%7D", 400, "bad-request"),
        ("/sparql?query=ASK%7B%7D", {"Content-Type": QUERY}, b"ASK {}", 400, "bad-request"),
        ("/sparql", {"Content-Type": UPDATE}, b"CLEAR ALL", 415, "unsupported-media-type"),
        ("/sparql", {"Content-Type": QUERY}, b"CLEAR ALL", 400, "query-syntax"),
        ("/sparql?format=png&query=ASK%7B%7D", {}, None, 406, "not-acceptable"),
    ],
)
def test_what_is_wrong_with_a_request(
    server: Server, path: str, headers: dict[str, str], body: bytes | None, status: int, code: str
) -> None:
    reply = server.send("GET" if body is None else "POST", path, headers, body)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] == (code or "unsupported-media-type")


def test_parameters_of_a_form_may_stand_in_the_url(server: Server) -> None:
    body = urllib.parse.urlencode({"query": LABELS + " LIMIT 2"})
    reply = server.post("/sparql?format=csv", body, FORM)
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_a_charset_that_is_utf_8_is_fine_and_so_is_a_byte_order_mark(server: Server) -> None:
    for charset in ("utf-8", "UTF-8", "utf8", '"UTF-8"', "us-ascii"):
        reply = server.post("/sparql", "ASK {}", f"{QUERY}; charset={charset}")
        assert reply.json()["boolean"] is True
    assert server.post("/sparql", "\ufeffASK {}", QUERY).status == 200


def test_a_relative_iri_has_the_endpoint_as_its_base(server: Server) -> None:
    (row,) = server.query("SELECT ?x { BIND(<#here> AS ?x) }")
    assert row["x"] == f"{server.url}/sparql#here"


def test_a_head_request_has_the_head_of_the_get(server: Server) -> None:
    path = "/sparql?" + urllib.parse.urlencode({"query": LABELS, "format": "csv"})
    got, head = server.send("GET", path, {}), server.send("HEAD", path, {})
    assert head.status == 200
    assert head.body == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_keywords_are_of_any_case(server: Server) -> None:
    query = "select ?x { values (?x ?y) { (1 TRUE) (2 False) (3 true) } filter(?y = True) }"
    assert [row["x"] for row in server.query(query)] == ["1", "3"]


@pytest.mark.parametrize("path", ["/sparql", "/update", "/graphs", "/graphs/a/b"])
def test_options_say_what_is_allowed_and_open_the_door_to_other_origins(
    server: Server, path: str
) -> None:
    plain = server.send("OPTIONS", path, {})
    assert plain.status == 200
    assert "OPTIONS" in plain.headers["Allow"]
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    preflight = server.send("OPTIONS", path, asked)
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type"} <= set(allowed.replace(" ", "").split(","))


@pytest.mark.parametrize("accept", ["gzip", "GZIP", "deflate, gzip;q=0.5", "*"])
def test_gzip_when_asked(server: Server, accept: str) -> None:
    path = "/sparql?" + urllib.parse.urlencode({"query": LABELS})
    plain = server.send("GET", path, {})
    packed = server.send("GET", path, {"Accept-Encoding": accept})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 3


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0", "gzip;q=0.1, identity", "*;q=0", "br"])
def test_no_gzip_when_not_asked(server: Server, accept: str) -> None:
    path = "/sparql?" + urllib.parse.urlencode({"query": LABELS})
    assert "Content-Encoding" not in server.send("GET", path, {"Accept-Encoding": accept}).headers


def test_the_service_describes_itself_truthfully(server: Server) -> None:
    reply = server.get("/sparql", "application/n-triples")
    said = {(q.predicate.value, str(q.object)) for q in parse(reply.body, RdfFormat.N_TRIPLES)}
    assert (f"{SD}endpoint", f"<{server.url}/sparql>") in said
    # This service takes no changes and reaches no other host.
    assert (f"{SD}supportedLanguage", f"<{SD}SPARQL11Update>") not in said
    assert (f"{SD}feature", f"<{SD}BasicFederatedQuery>") not in said
    formats = {o for p, o in said if p == f"{SD}resultFormat"}
    assert formats == {f"<{form.iri}>" for form in (*SOLUTION_FORMATS, *GRAPH_FORMATS)}
    named = {o for p, o in said if p == f"{SD}name"}
    graphs = {f"<{row['g']}>" for row in server.query("SELECT ?g { GRAPH ?g { } }")}
    assert named == graphs - {"<https://w3id.org/mieco/graph/default>"}


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_the_description_is_the_same_in_every_format(server: Server, form: Format) -> None:
    reply = server.get("/sparql", form.media_type)
    assert reply.headers["Content-Type"] == form.content_type
    plain = server.get("/sparql", "application/n-triples")
    count = len(list(parse(plain.body, RdfFormat.N_TRIPLES)))
    read = RdfFormat.from_media_type(form.media_type)
    assert len(list(parse(reply.body, read))) == count


def test_a_service_that_takes_changes_says_so(overlapping: Server) -> None:
    text = overlapping.get("/sparql", "text/turtle").text
    assert f"{overlapping.url}/update" in text
    assert "sd:SPARQL11Update" in text


@pytest.mark.parametrize("function", EXTENSION_FUNCTIONS, ids=lambda f: f.rpartition("/")[2])
def test_every_extension_function_is_there(server: Server, function: str) -> None:
    """A function that the engine does not have is an error; a wrong argument is not."""
    assert len(server.query(f"SELECT (<{function}>(1, 2) AS ?x) {{}}")) == 1


@pytest.mark.parametrize(
    ("query", "line", "column", "words"),
    [
        ("SELECT ?x\nWHRE { ?x ?p ?o }", 2, 1, "WHERE"),
        ("SELECT * { ?s ?p ?o } ODER BY ?s", 1, 23, "ORDER"),
        ("SELECT * { FILTER(CONTAIN(?o, 'x')) }", 1, 19, "CONTAINS"),
        ("SELECT * { ?s a Consortium }", 1, 17, "mieco:Consortium"),
        ("SELECT * {\n ?s foaf:name ?n }", 2, 5, "PREFIX foaf: <http://xmlns.com/foaf/0.1/>"),
        ("SELECT * {\n ?s meico:name ?n }", 2, 5, "mieco:"),
        # Of this the parser says that OPTIONAL was expected.
        ("SELECT * { ?s a ?b ; foo:bar ?c }", 1, 22, "PREFIX foo: <…>"),
        ("SELECT * { ?s ?p 'abc }", 1, 18, "quotes"),
        ("SELECT * { ?s ?p ?o ) }", 1, 21, "')' closes nothing"),
        ("SELECT * { ?s ?p ?o", 1, 20, "'}'"),
        ("SELECT *｛ ?s ?p ?o }", 1, 9, "half-width"),
        ("SELECT * { ?s ?p “深圳” }", 1, 18, "half-width"),
        ("SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", 1, 41, "bound twice"),
        ("PREFIX a: <b:c>\nDELETE WHERE { ?s ?p ?o }", 2, 1, "/update"),
    ],
)
def test_an_error_says_where_and_what_to_do(
    server: Server, query: str, line: int, column: int, words: str
) -> None:
    path = "/sparql?" + urllib.parse.urlencode({"query": query})
    problem = server.send("GET", path, {"Accept-Language": "en"}).json()
    assert (problem["code"], problem["line"], problem["column"]) == ("query-syntax", line, column)
    assert words in problem["detail"] + problem["hint"]
    chinese = server.send("GET", path, {"Accept-Language": "zh"}).json()
    assert chinese["detail"].startswith("查询不符合 SPARQL 语法")
    assert chinese["hint"] != problem["hint"]


def test_terms_that_the_ontology_does_not_have_are_named(server: Server) -> None:
    prologue = "PREFIX m: <https://w3id.org/mieco/ontology#> "
    wrong = server.get("/sparql", query=prologue + "SELECT * { ?c a m:Consortum ; m:ledBy ?x }")
    assert wrong.headers["Mieco-Unknown-Terms"].startswith("Consortum (near: Consortium")
    right = server.get("/sparql", query=prologue + "SELECT * { ?c a m:Consortium } LIMIT 1")
    assert "Mieco-Unknown-Terms" not in right.headers
    page = server.get(
        "/sparql", "text/html", query=prologue + "ASK { ?c a m:Consortum }", lang="en"
    )
    assert "The ontology has no term mieco:Consortum" in page.text


def test_names_may_hold_what_looks_like_a_keyword(store: Server) -> None:
    """Full-width brackets and middle dots are legal in names (rule [164])."""
    name = "PREFIX ex: <http://example.org/> "
    data = name + "INSERT DATA { ex:平台（TRUE） ex:p 1 . <http://x#\\u0041> ex:p 2 }"
    assert store.post("/update", data, UPDATE, **BEARER).status == 204
    assert store.query(name + "SELECT ?o { ex:平台（TRUE） ex:p ?o }") == [{"o": "1"}]
    assert store.query("SELECT ?x·TRUE { VALUES ?x·TRUE { 1 } }") == [{"x·TRUE": "1"}]
    assert store.query("SELECT ?o { <http://x#\\u0041> ?p ?o }") == [{"o": "2"}]


@pytest.mark.parametrize("graph", ["inferred", "catalogue", "default"])
def test_a_graph_of_the_service_s_own_is_not_written(store: Server, graph: str) -> None:
    name = f"https://w3id.org/mieco/graph/{graph}"
    path = "/graphs?" + urllib.parse.urlencode({"graph": name})
    put = store.send("PUT", path, {"Content-Type": "text/turtle", **BEARER}, b"<a:b> <c:d> 1 .")
    assert (put.status, put.json()["code"]) == (403, "reserved-graph")
    text = f"INSERT DATA {{ GRAPH <{name}> {{ <a:b> <c:d> 1 }} }}"
    assert store.post("/update", text, UPDATE, **BEARER).status == 403
    assert store.query("SELECT * { GRAPH ?g { ?s ?p ?o } }") == []


def test_a_query_sent_as_an_update_is_told_where_to_go(store: Server) -> None:
    reply = store.post("/update", "SELECT * { }", UPDATE, **BEARER, **{"Accept-Language": "en"})
    assert "/sparql" in reply.json()["hint"]


def test_an_update_made_only_on_the_state_that_it_names(store: Server) -> None:
    tag = store.get("/graphs?default", "text/turtle").headers["ETag"]
    first = store.post(
        "/update", "INSERT DATA { <a:b> <c:d> 1 }", UPDATE, **BEARER, **{"If-Match": tag}
    )
    assert first.status == 204
    late = store.post(
        "/update", "INSERT DATA { <a:b> <c:d> 2 }", UPDATE, **BEARER, **{"If-Match": tag}
    )
    assert (late.status, late.json()["code"]) == (412, "precondition-failed")


def test_a_preferred_graph_format_wins_over_the_page(server: Server) -> None:
    accept = "text/turtle, application/rdf+xml;q=0.9, text/html;q=0.5"
    reply = server.get("/sparql", accept, query="CONSTRUCT { <a:b> <c:d> 1 } {}")
    assert reply.headers["Content-Type"] == "text/turtle; charset=utf-8"


MEDIA_TYPES = [m for f in (*SOLUTION_FORMATS, *GRAPH_FORMATS) for m in (f.media_type, *f.aliases)]
RANGES = st.sampled_from([*MEDIA_TYPES, "*/*", "text/*", "application/*", "image/png", "image/*"])
WEIGHTS = st.sampled_from(["", ";q=1", ";q=0.9", ";q=0.5", "; Q=0.001", ";q=0", ";charset=utf-8"])


@given(
    st.lists(
        st.tuples(RANGES, WEIGHTS, st.booleans()), min_size=1, max_size=6, unique_by=lambda t: t[0]
    )
)
def test_negotiation_is_that_of_rfc_9110(header: list[tuple[str, str, bool]]) -> None:
    """Against the definition: each media type has the weight of its most precise range."""
    weights = {media: float(weight.lower().partition("q=")[2] or 1) for media, weight, _ in header}
    accept = ", ".join((m.upper() if loud else m) + w for m, w, loud in header)

    def weight_of(form: Format) -> float:
        """An alias counts where it is named; wildcards mean the media type itself."""
        ranges = (form.media_type, form.media_type.partition("/")[0] + "/*", "*/*")
        own = next((weights[r] for r in ranges if r in weights), 0.0)
        return max([own, *(weights[alias] for alias in form.aliases if alias in weights)])

    chosen = negotiate(accept, SOLUTION_FORMATS)
    offered = {f: weight_of(f) for f in SOLUTION_FORMATS}
    best = max(offered.values())
    assert (chosen is None) == (best == 0)
    assert chosen is None or offered[chosen] == best
