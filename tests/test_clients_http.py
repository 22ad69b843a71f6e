"""curl, as people use it, and pages from elsewhere in a browser."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import TOKEN, Server, needs

BEARER = f"Authorization: Bearer {TOKEN}"
ROOT = Path(__file__).parent.parent
NAME = "深圳市域产教联合体"
SELECT = f'SELECT ?c {{ ?c <http://www.w3.org/2000/01/rdf-schema#label> "{NAME}"@zh }}'
SHENZHEN = "https://w3id.org/mieco/id/consortium/shenzhen"
EVERYTHING = "CONSTRUCT WHERE { ?s ?p ?o }"
TURTLE = f'<http://a/1> <http://p/q> "{NAME}" .'
G = "/graphs?graph=http://example.org/g"

curls = needs("curl", "curl's part of the tests")


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes
    version: str


def curl(folder: Path, *arguments: str, stdin: bytes | None = None) -> Got:
    """What curl receives, the last response if there are several."""
    head, body = folder / "head", folder / "body"
    body.write_bytes(b"")
    command = ["curl", "-sS", "-m", "30", "-D", str(head), "-o", str(body), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    *_, last = [part for part in head.read_bytes().decode("latin-1").split("\r\n\r\n") if part]
    first, *lines = last.split("\r\n")
    version, status, *_ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    return Got(int(status), headers, body.read_bytes(), version)


def commands_of_the_readme() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in re.split(r"\n(?=curl|\.venv)|\n\n", block)]
    return [line.strip() for line in lines if line.startswith("curl ")]


@curls
def test_the_readme_s_curl_lines_work(server: Server, writable: Server, tmp_path: Path) -> None:
    (tmp_path / "my.ttl").write_text(TURTLE, encoding="utf-8")
    commands = commands_of_the_readme()
    assert len(commands) == 4
    said = []
    for command in commands:
        target = writable if "MIECO_TOKEN" in command else server
        line = command.replace("http://127.0.0.1:8080", target.url)
        done = subprocess.run(
            ["bash", "-c", line.replace("curl", "curl -sS --fail-with-body", 1)],
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "MIECO_TOKEN": TOKEN},
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said.append(done.stdout.decode())
    assert said[0].startswith("consortium,authority\r\n")
    assert len(said[0].splitlines()) > 1
    assert json.loads(said[1])
    assert NAME in said[2]
    assert writable.query("SELECT ?o { GRAPH <https://example.org/g> { ?s ?p ?o } }") == [
        {"o": NAME}
    ]


@curls
@pytest.mark.parametrize(
    "options",
    [
        ["-G", "--data-urlencode", f"query={SELECT}"],
        ["--data-urlencode", f"query={SELECT}"],
        ["--data-urlencode", "query@query.rq"],
        ["-d", f"query={SELECT}"],
        ["-H", "Content-Type: application/sparql-query", "--data-binary", "@query.rq"],
        ["-H", "Content-Type: application/sparql-query", "-X", "POST", "-T", "query.rq"],
        ["--http2", "-G", "--data-urlencode", f"query={SELECT}"],
        ["--http1.0", "--data-urlencode", f"query={SELECT}"],
        ["--compressed", "-L", "--data-urlencode", f"query={SELECT}"],
    ],
    ids=lambda options: " ".join(options[:3]).split("query=")[0],
)
def test_curl_asks(server: Server, tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "query.rq").write_text(SELECT, encoding="utf-8")
    got = curl(tmp_path, *options, f"{server.url}/sparql")
    assert (got.status, got.headers["content-type"]) == (200, "application/sparql-results+json")
    assert [b["c"]["value"] for b in json.loads(got.body)["results"]["bindings"]] == [SHENZHEN]


@curls
@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s a ?o }", EVERYTHING])
def test_curl_compressed_gets_the_same_in_less(server: Server, tmp_path: Path, query: str) -> None:
    options = ["-G", "--data-urlencode", f"query={query}", f"{server.url}/sparql"]
    accept = ["-H", "Accept: application/n-triples"]
    plain = curl(tmp_path, *accept, *options)
    inflated = curl(tmp_path, *accept, "--compressed", *options)
    packed = curl(tmp_path, *accept, "-H", "Accept-Encoding: gzip", *options)
    assert inflated.headers["content-encoding"] == packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    lines = [set(part.splitlines()) for part in (plain.body, inflated.body)]
    assert lines[0] == lines[1] == set(gzip.decompress(packed.body).splitlines())
    assert len(packed.body) < len(plain.body) / 2


@curls
@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_curl_gets_a_large_answer_whole(server: Server, tmp_path: Path, version: str) -> None:
    query = ["-G", "--data-urlencode", f"query={EVERYTHING}"]
    accept = ["-H", "Accept: application/n-triples"]
    got = curl(tmp_path, version, *query, *accept, f"{server.url}/sparql")
    count = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"]
    assert got.status == 200
    assert len(got.body.splitlines()) == int(count)
    if version == "--http1.0":
        assert "transfer-encoding" not in got.headers  # HTTP/1.0 knows no chunks


@curls
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/health",
        "/sparql",
        "/sparql?query=ASK%7B%7D",
        "/questions/q01",
        "/id/consortium/shenzhen.ttl",
    ],
)
def test_curl_head_tells_what_get_would(server: Server, tmp_path: Path, path: str) -> None:
    head, got = curl(tmp_path, "-I", server.url + path), curl(tmp_path, server.url + path)
    assert head.status == got.status == 200
    assert head.body.count(b"\r\n\r\n") == 1  # -I writes the headers, and nothing follows them
    for name in ("content-type", "vary", "access-control-allow-origin"):
        assert head.headers.get(name) == got.headers.get(name)
    assert head.headers.get("content-length", str(len(got.body))) == str(len(got.body))


@curls
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/update", {"POST", "OPTIONS"}),
        (G, {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}),
        ("/graphs/a/b", {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}),
    ],
)
def test_curl_asks_for_the_methods(
    server: Server, tmp_path: Path, path: str, methods: set[str]
) -> None:
    got = curl(tmp_path, "-X", "OPTIONS", server.url + path)
    assert got.status in {200, 204}
    assert set(got.headers["allow"].split(", ")) == methods
    assert got.body == b""


@curls
def test_curl_uses_one_connection_for_several_queries(server: Server, tmp_path: Path) -> None:
    one = f"{server.url}/sparql?query=ASK%7B%7D"
    done = subprocess.run(
        ["curl", "-sS", one, "-o", "1", one, "-o", "2", "-w", "%{http_code} %{num_connects}\n"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.splitlines() == ["200 1", "200 0"]


LONG = "".join(f'<http://a/{n}> <http://p/q> "{NAME} {n}" .\n' for n in range(60_000))


@curls
@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["-T", "my.ttl"], 1),  # curl gives no Content-Type
        (["-T", "my.ttl", "-H", "Content-Type: text/turtle; charset=UTF-8"], 1),
        (["-T", "-"], 1),  # in chunks
        (["-T", ".", "-H", "Content-Type: text/turtle"], 1),
        (["-T", "long.ttl"], 60_000),  # over 1 MB, so after Expect: 100-continue
        (["-T", "long.ttl", "-H", "Transfer-Encoding: chunked"], 60_000),
        (["-X", "PUT", "--data-binary", "@long.ttl", "-H", "Content-Type: text/turtle"], 60_000),
        (["-F", "one=@my.ttl;type=text/turtle"], 1),
        (["-F", "one=@my.ttl", "-F", "two=@long.ttl"], 60_001),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_curl_uploads(store: Server, tmp_path: Path, options: list[str], count: int) -> None:
    (tmp_path / "my.ttl").write_text(TURTLE, encoding="utf-8")
    (tmp_path / "long.ttl").write_text(LONG, encoding="utf-8")
    got = curl(tmp_path, "-H", BEARER, *options, store.url + G, stdin=TURTLE.encode())
    assert (got.status, got.body) == (201, b"")
    rows = store.query("SELECT (COUNT(*) AS ?n) { GRAPH <http://example.org/g> { ?s ?p ?o } }")
    assert rows == [{"n": str(count)}]


@curls
def test_curl_names_a_graph_by_its_file(store: Server, tmp_path: Path) -> None:
    (tmp_path / "my.ttl").write_text(TURTLE, encoding="utf-8")
    assert curl(tmp_path, "-H", BEARER, "-T", "my.ttl", f"{store.url}/graphs/").status == 201
    got = curl(tmp_path, f"{store.url}/graphs/my.ttl")
    assert (got.status, NAME in got.body.decode()) == (200, True)


@curls
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 401),
        (["-u", f"user:{TOKEN}"], 401),
        (["--oauth2-bearer", "wrong"], 401),
        (["--oauth2-bearer", TOKEN], 201),
    ],
)
def test_curl_s_ways_to_give_a_token(
    store: Server, tmp_path: Path, options: list[str], status: int
) -> None:
    (tmp_path / "long.ttl").write_text(LONG, encoding="utf-8")
    assert curl(tmp_path, *options, "-T", "long.ttl", store.url + G).status == status


@curls
@pytest.mark.parametrize("packed", [[], ["--compressed"]], ids=["plain", "compressed"])
def test_curl_gets_and_puts_on_conditions(store: Server, tmp_path: Path, packed: list[str]) -> None:
    (tmp_path / "my.ttl").write_text(TURTLE * 50, encoding="utf-8")
    put = ["-H", BEARER, "-T", "my.ttl", store.url + G]
    assert curl(tmp_path, "-H", "If-Match: *", *put).status == 412
    assert curl(tmp_path, "-H", "If-None-Match: *", *put).status == 201
    assert curl(tmp_path, "-H", "If-None-Match: *", *put).status == 412
    first = curl(tmp_path, *packed, "--etag-save", "tag", store.url + G)
    again = curl(tmp_path, *packed, "--etag-compare", "tag", store.url + G)
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    condition = f"If-Match: {first.headers['etag']}"
    assert curl(tmp_path, "-H", condition, *put).status == 204
    assert curl(tmp_path, "-H", condition, *put).status == 412
    assert curl(tmp_path, *packed, "--etag-compare", "tag", store.url + G).status == 200


@pytest.mark.parametrize(
    ("path", "method", "asked"),
    [
        ("/sparql", "POST", "content-type"),
        ("/sparql", "GET", "accept-language,authorization"),
        ("/update", "POST", "authorization,content-type"),
        ("/graphs?default", "PUT", "authorization,content-type,if-match"),
        ("/graphs?default", "DELETE", "authorization,if-none-match"),
        ("/graphs/a", "POST", "authorization,content-type"),
        ("/questions/q01", "GET", "authorization"),
    ],
)
def test_a_page_from_elsewhere_may_ask_and_write(
    writable: Server, path: str, method: str, asked: str
) -> None:
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": asked,
        "Sec-Fetch-Mode": "cors",
        "Accept": "*/*",
    }
    reply = writable.send("OPTIONS", path, headers)
    assert reply.status in {200, 204}
    assert reply.headers["Access-Control-Allow-Origin"] in {"*", "https://example.org"}

    def listed(name: str) -> set[str]:
        return {item.strip().lower() for item in reply.headers[name].split(",")}

    assert method.lower() in listed("Access-Control-Allow-Methods")
    assert set(asked.split(",")) <= listed("Access-Control-Allow-Headers")
    assert int(reply.headers["Access-Control-Max-Age"]) > 0


def test_a_page_from_elsewhere_can_read_errors_too(writable: Server) -> None:
    origin = {"Origin": "https://example.org"}
    for method, path in (("GET", "/sparql?query=x"), ("POST", "/update"), ("GET", "/nowhere")):
        reply = writable.send(method, path, origin, b"" if method == "POST" else None)
        assert reply.status in {400, 401, 404}
        assert reply.headers["Access-Control-Allow-Origin"] in {"*", "https://example.org"}
