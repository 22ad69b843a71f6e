"""Requests and documents that are meant to do harm."""

from __future__ import annotations

from typing import NamedTuple

from conftest import FORM, QUERY

TURTLE = "text/turtle"

_DEEP = 20_000


class Request(NamedTuple):
    """A request; ``body`` may be given as text."""

    id: str
    method: str
    path: str
    body: bytes | str = b""
    content_type: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 (nobody changes it)


def _query(name: str, body: bytes, content_type: str = QUERY) -> Request:
    return Request(name, "POST", "/sparql", body, content_type)


def _get(name: str, path: str, **headers: str) -> Request:
    return Request(name, "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})


ENCODINGS = [
    _query("not-utf-8", b"ASK { ?s ?p '\xff' }"),
    _query("overlong-utf-8", b"ASK { ?s ?p '\xc0\x80' }"),
    _query("surrogate-utf-8", b"ASK { ?s ?p '\xed\xa0\x80' }"),
    _query("cut-utf-8", b"ASK {} #\xe4\xb8"),
    _query("bom", b"\xef\xbb\xbfASK {}"),
    _query("two-boms", b"\xef\xbb\xbf\xef\xbb\xbfASK {}"),
    _query("utf-16", "ASK {}".encode("utf-16")),
    _query("utf-16-said", "ASK {}".encode("utf-16"), f"{QUERY}; charset=utf-16"),
    _query("charset-unknown", b"ASK {}", f"{QUERY}; charset=\x80"),
    _query("no-type", b"ASK {}", ""),
    _query("type-long", b"ASK {}", "a/b" + ";a=b" * 5000),
    _query("form-not-utf-8", b"query=ASK%7B%7D%ff", FORM),
    _query("form-raw-not-utf-8", b"query=ASK{}\xff", FORM),
    _query("form-half-escape", b"query=ASK%7B%7D%", FORM),
    _query("form-many", b"a=b&" * 20_000 + b"query=ASK%7B%7D", FORM),
    _query("form-ampersands", b"&" * 200_000, FORM),
    _query("form-twice", b"query=ASK%7B%7D&query=ASK%7B%7D", FORM),
    _query("form-graphs", b"query=ASK%7B%7D" + b"&default-graph-uri=a:b" * 900, FORM),
    _get("url-not-utf-8", "/sparql?query=ASK%7B%7D&x=%ff"),
    _get("url-nul", "/sparql?query=ASK%7B%7D%00"),
    _get("url-many", "/sparql?" + "a=b&" * 5000 + "query=ASK%7B%7D"),
    _get("url-long", "/sparql?query=ASK%7B%7D&x=" + "x" * 60_000),
    _get("url-longer", "/sparql?query=ASK%7B%7D&x=" + "x" * 600_000),
    _get("timeout-nan", "/sparql?query=ASK%7B%7D&timeout=nan"),
    _get("timeout-infinite", "/sparql?query=ASK%7B%7D&timeout=1e999"),
    _get("timeout-tiny", "/sparql?query=ASK%7B%7D&timeout=1e-9"),
    _get("accept-long", "/sparql?query=ASK%7B%7D", Accept="a/b;q=0.1," * 3000),
    _get("accept-nan", "/sparql?query=ASK%7B%7D", Accept="*/*;q=nan"),
    _get("language-long", "/", Accept_Language="zh;q=0.1," * 3000),
    _get("cookie-bytes", "/", Cookie="mieco-language=\x80; a=\xff"),
    _get("host-odd", "/sparql", Host='a|b{}"<>'),
    _get("path-dots", "/static/..%2f..%2fcli.py"),
    _get("path-long", "/id/" + "x" * 50_000),
    _get("graph-not-utf-8", "/graphs?graph=%ff"),
    Request("gzip", "POST", "/sparql", b"\x1f\x8b", QUERY, {"Content-Encoding": "gzip"}),
    Request("too-large", "POST", "/sparql", b"#" * 4_000_000, QUERY),
    Request("trace", "TRACE", "/sparql"),
    Request("unknown-method", "BREW", "/sparql"),
]

# Each once made an error 500, which leaves a traceback.
ONCE_500 = [
    _get("id-nul", "/id/%00"),
    _get("id-not-utf-8", "/id/%ff%fe"),
    _get("host-long", "/", Host="x" * 300, Accept="text/html"),
    Request(
        "workbook-long-query", "POST", "/sparql?format=xlsx", "ASK {} #" + "x" * 140_000, QUERY
    ),
    Request(
        "workbook-wide",
        "POST",
        "/sparql?format=xlsx",
        f"SELECT {' '.join(f'?v{n}' for n in range(20_000))} {{}}",
        QUERY,
    ),
]

_RDF = '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'


def _xml(entities: str, content: str) -> str:
    about = '<r:Description r:about="http://a/1"><e:q>'
    return (
        f'<?xml version="1.0"?><!DOCTYPE r [{entities}]>{_RDF}{about}{content}'
        "</e:q></r:Description></r:RDF>"
    )


def _part(name: str, text: str) -> str:
    return (
        f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n'
        f"Content-Type: {TURTLE}\r\n\r\n{text}\r\n"
    )


_LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(31))
_XML, _JSON = "application/rdf+xml", "application/ld+json"
MULTIPART = "multipart/form-data; boundary=b"


def documents(address: str) -> list[tuple[str, str, bytes | str]]:
    """(id, media type, document); ``address`` is where nobody may call."""
    return [
        ("laughs", _XML, _xml(_LAUGHS, "&a30;")),
        ("entity-file", _XML, _xml('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")),
        ("entity-http", _XML, _xml(f'<!ENTITY x SYSTEM "{address}">', "&x;")),
        ("entity-parameter", _XML, _xml(f'<!ENTITY % x SYSTEM "{address}"> %x;', "")),
        ("xml-deep", _XML, _RDF + "<r:Description><e:q>" * _DEEP),
        ("json-deep", _JSON, '{"http://a/b":' * _DEEP + "1" + "}" * _DEEP),
        ("json-arrays", _JSON, "[" * _DEEP + "]" * _DEEP),
        ("json-context", _JSON, f'{{"@context": "{address}", "@id": "http://a/1", "p": 1}}'),
        ("json-import", _JSON, f'{{"@context": {{"@import": "{address}"}}, "p": 1}}'),
        ("json-surrogate", _JSON, '{"@id": "http://a/1", "http://a/p": "\\ud800"}'),
        ("turtle-brackets", TURTLE, "<a:a> <a:b> " + "[" * _DEEP),
        ("turtle-collections", TURTLE, "<a:a> <a:b> " + "(" * 2000 + ")" * 2000 + " ."),
        ("turtle-reified", TURTLE, "<< <a:a> <a:b> " * 2000 + "1" + " >>" * 2000 + " <a:b> 1 ."),
        ("turtle-import", TURTLE, f"<> <http://www.w3.org/2002/07/owl#imports> <{address}> ."),
        ("trig-braces", "application/trig", "{" * _DEEP),
        ("nul", TURTLE, b"<a:a> <a:b> '\0' ."),
        ("not-utf-8", TURTLE, b"<a:a> <a:b> '\xff' ."),
        ("utf-16", TURTLE, "<a:a> <a:b> 1 .".encode("utf-16")),
        ("long-line", TURTLE, "<a:a> <a:b> '" + "x" * 5_000_000 + "' ."),
        ("never-ends", TURTLE, "<a:a> <a:b> '''" + "x" * 5_000_000),
        ("wrong-type", "image/png", "x"),
        ("wrong-syntax", _XML, "<a:a> <a:b> 1 ."),
        ("many-parts", MULTIPART, _part("a.ttl", "<a:a> <a:b> 1 .") * 5000 + "--b--\r\n"),
        ("part-name", MULTIPART, _part("../../a.ttl", "<a:a> <a:b> 1 .") + "--b--\r\n"),
        ("part-head", MULTIPART, "--b\r\n" + "X: y\r\n" * 50_000),
        ("dashes", MULTIPART, "--" * 500_000),
        ("no-boundary", "multipart/form-data", "x"),
    ]


# What was cut off.  The last has a boundary missing, the bytes that were announced are there.
HALF_PARTS = [
    ("second-part", _part("a.ttl", "<a:a> <a:b> 1 .") + "--b\r\nContent-Disp"),
    ("closing-boundary", _part("a.ttl", "<a:a> <a:b> 1 .")),
]

_TRIPLE = b"<a:a> <a:b> 1 .\n"
_CHUNK = b"%x\r\n%s\r\n" % (len(_TRIPLE), _TRIPLE)
IN_A_CHUNK = b"50\r\n" + _TRIPLE
CHUNKED, LENGTH = b"Transfer-Encoding: chunked\r\n", b"Content-Length: %d\r\n"


class Cut(NamedTuple):
    """A Turtle document of which a part arrives; then the client stays, closes, or half does."""

    id: str
    header: bytes
    body: bytes
    then: str


CUTS = [
    Cut("chunks-half-close", CHUNKED, _CHUNK, "half-close"),
    Cut("in-a-chunk-half-close", CHUNKED, IN_A_CHUNK, "half-close"),
    Cut("chunk-size-letters", CHUNKED, _CHUNK + b"ZZ\r\n", "stay"),
    Cut("chunk-size-huge", CHUNKED, _CHUNK + b"f" * 20 + b"\r\n", "stay"),
    Cut("chunk-size-negative", CHUNKED, _CHUNK + b"-1\r\n", "stay"),
    Cut("chunk-extension-huge", CHUNKED, _CHUNK + b"1;" + b"x" * 100_000 + b"\r\n", "stay"),
    Cut("chunk-trailer-huge", CHUNKED, _CHUNK + b"0\r\n" + b"X: y\r\n" * 5000 + b"\r\n", "stay"),
    Cut("chunk-without-end", CHUNKED, b"3\r\n" + _TRIPLE, "stay"),
    Cut("length-close", LENGTH % 100, _TRIPLE, "close"),
    Cut("length-half-close", LENGTH % 100, _TRIPLE, "half-close"),
    Cut("lengths-differ", LENGTH % 16 + LENGTH % 10, _TRIPLE, "stay"),
    Cut("length-negative", b"Content-Length: -1\r\n", _TRIPLE, "stay"),
    Cut("length-huge", b"Content-Length: " + b"9" * 30 + b"\r\n", _TRIPLE, "stay"),
    Cut("coding-unknown", b"Transfer-Encoding: identity\r\n", _TRIPLE, "stay"),
    Cut("coding-last", b"Transfer-Encoding: chunked, gzip\r\n", _CHUNK + b"0\r\n\r\n", "stay"),
]

# Not HTTP, or hardly.
GARBAGE = [
    ("nothing", b"\r\n" * 1000),
    ("http-0.9", b"GET /health\r\n\r\n"),
    ("http-9", b"GET /health HTTP/9.9\r\nHost: a\r\n\r\n"),
    ("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500),
    ("zeros", b"\0" * 100_000),
    ("no-host", b"GET /health HTTP/1.1\r\n\r\n"),
    ("two-hosts", b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("header-huge", b"GET /health HTTP/1.1\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n"),
    ("headers-many", b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n"),
    ("header-nul", b"GET /health HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"),
    ("header-folded", b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"),
    ("path-bytes", b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("path-absolute", b"GET http://evil.example/health HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("connect", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("upgrade", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
    ("preface-2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
]
