"""Queries that are meant to do harm: tables of (id, text), each with what they try."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# Just under the largest text that the service takes by default (MIECO_MAX_QUERY).
LONGEST = 1_000_000
# Brackets may stand in each other so deep (MAX_NESTING).
CAP = 256
DEADLY = 14_000


class Nest(NamedTuple):
    """A construct that stands in itself; ``brackets`` is how many levels one turn is."""

    id: str
    head: str
    open: str
    middle: str
    close: str
    tail: str
    brackets: int = 1

    def text(self, turns: int) -> str:
        return self.head + self.open * turns + self.middle + self.close * turns + self.tail

    def at(self, depth: int) -> str:
        """So many levels, the brackets of the head counted."""
        outside = sum(map(self.head.count, "{([")) - sum(map(self.head.count, "})]"))
        inside = sum(map(self.middle.count, "{([")) > 0
        return self.text((depth - outside - inside) // self.brackets)

    def longest(self) -> str:
        return self.text(LONGEST // len(self.open + self.close))


NESTS = [
    Nest("groups", "ASK ", "{", "", "}", ""),
    Nest("parentheses", "ASK { FILTER(", "(", "1", ")", ") }"),
    Nest("optional", "ASK {", "OPTIONAL {", "", "}", "}"),
    Nest("minus", "ASK {", "<a:a> <a:b> 1 MINUS {", "", "}", "}"),
    Nest("union-right", "ASK {", "{} UNION {", "", "}", "}"),
    Nest("union-left", "ASK {", "{", "", "} UNION {}", "}"),
    Nest("exists", "ASK {", "FILTER EXISTS {", "", "}", "}"),
    Nest("not-exists", "ASK {", "FILTER NOT EXISTS {", "", "}", "}"),
    Nest("sub-select", "ASK {", "{ SELECT * {", "", "} }", "}", 2),
    Nest("graph", "ASK {", "GRAPH ?g {", "", "}", "}"),
    Nest("blank-nodes", "ASK { ?s <a:p> ", "[ <a:p> ", "1", "]", "}"),
    Nest("collections", "ASK { ?s <a:p> ", "(", "1", ")", "}"),
    Nest("paths", "ASK { ?s ", "(", "<a:p>", ")", " ?o }"),
    Nest("path-stars", "ASK { ?s ", "(", "<a:p>", ")*", " ?o }"),
    Nest("path-inverses", "ASK { ?s ", "^(", "<a:p>", ")", " ?o }"),
    Nest("quoted-triples", "ASK { ", "<< <a:s> <a:p> ", "1", " >>", " <a:p> 1 }"),
    Nest("triple-terms", "ASK { ?s <a:p> ", "<<( <a:s> <a:p> ", "1", " )>>", "}"),
    Nest("functions", "ASK { FILTER(", "STR(", "1", ")", ") }"),
    Nest("if", "ASK { FILTER(", "IF(true, 1, ", "1", ")", ") }"),
    Nest("not", "ASK { FILTER(", "!(", "1", ")", ") }"),
    Nest("in", "ASK { FILTER(", "1 IN (", "1", ")", ") }"),
    Nest("mixed", "ASK ", "{ ?s ?p ([ ?q ", "1", "]) }", "", 3),
]
# A level of these is not what the engine accepts, so only that they do no harm is asked.
UNLAWFUL = ("mixed",)
# Each level of these is a join or more.
MANY_JOINS = ("blank-nodes", "collections", "quoted-triples")

_OPERATORS = ("+", "-", "*", "/", "||", "&&", "=", "<")


def _chain(head: str, link: str, tail: str) -> str:
    return head + link * (LONGEST // len(link)) + tail


def _numbered(head: str, link: str, tail: str) -> str:
    """A chain with ``%d`` in each link."""
    return head + "".join(link % n for n in range(LONGEST // (len(link) + 4))) + tail


CHAINS = [
    *((f"chain{sign}", _chain("ASK { FILTER(1", f"{sign}1", ") }")) for sign in _OPERATORS),
    ("bangs", _chain("ASK { FILTER(", "!", "1) }")),
    ("in-list", _chain("ASK { FILTER(1 IN (", "1,", "1)) }")),
    ("coalesce", _chain("ASK { FILTER(COALESCE(", "1,", "1)) }")),
    ("values-rows", _chain("ASK { VALUES (?a ?b) { ", "(1 2)", "} }")),
    ("values-columns", _numbered("ASK { VALUES (", "?v%d ", ") { } }")),
    ("semicolons", _chain("ASK { ?s ?p ?o", "; ?p ?o", "}")),
    ("commas", _chain("ASK { ?s ?p ?o", ", ?o", "}")),
    ("triples", _chain("ASK { ", "?s ?p ?o .", "}")),
    ("binds", _numbered("ASK { ", "BIND(1 AS ?v%d)", "}")),
    ("unions", _chain("ASK { {}", "UNION { ?s ?p ?o }", "}")),
    ("filters", _chain("ASK { ", "FILTER(?x)", "}")),
    ("optionals", _chain("ASK { ", "OPTIONAL { ?s ?p ?o }", "}")),
    ("path-sequence", _chain("ASK { ?s <a:p>", "/<a:p>", " ?o }")),
    ("path-alternatives", _chain("ASK { ?s <a:p>", "|<a:p>", " ?o }")),
    ("path-star", _chain("ASK { ?s (<a:p>", "|<a:p>", ")* ?o }")),
    ("path-negated", _chain("ASK { ?s !(<a:p>", "|<a:p>", ") ?o }")),
    ("prefixes", _numbered("", "PREFIX p%d: <a:b> ", "ASK {}")),
    ("from", _numbered("SELECT * ", "FROM <a:%d> ", "{ ?s ?p ?o }")),
    ("from-named", _numbered("SELECT * ", "FROM NAMED <a:%d> ", "{ ?s ?p ?o }")),
    ("order-by", _chain("SELECT * { ?s ?p ?o } ORDER BY ", "?s ", "")),
    ("group-by", _chain("SELECT (1 AS ?n) { ?s ?p ?o } GROUP BY ", "?s ", "")),
    ("describe", _chain("DESCRIBE ", "<a:b> ", "")),
    ("construct", _chain("CONSTRUCT { ", "?s ?p ?o . ", "} WHERE { ?s ?p ?o } LIMIT 1")),
]


def _grown(step: str, turns: int, result: str = "(STRLEN(?x) AS ?n)") -> str:
    """A text that ``step`` makes longer each time; it writes ``{x}`` for the text so far."""
    binds = " ".join(f"BIND({step.format(x=f'?x{n}')} AS ?x{n + 1})" for n in range(turns))
    return f"SELECT {result} {{ BIND('{'a' * 1000}' AS ?x0) {binds} BIND(?x{turns} AS ?x) }}"


def doubled(turns: int) -> str:
    """A literal of 1000 · 2^turns characters in the answer."""
    return _grown("CONCAT({x}, {x})", turns, "?x")


_PAIR = "?a ?b ?c . ?d ?e ?f"
_TRIPLE = f"{_PAIR} . ?g ?h ?i"
_ROWS = " ".join(map(str, range(300)))
RUNAWAY = f"SELECT (COUNT(*) AS ?n) {{ {_TRIPLE} FILTER(?a != %d) }}"
ENDLESS = f"SELECT * {{ {_TRIPLE} FILTER(?a != %d) }}"
# The first rows come at once, and then nothing.
STALLING = (
    f"SELECT * {{ {{ ?a ?b ?c }} UNION"
    f" {{ {_TRIPLE} FILTER(CONCAT(STR(?a), STR(?i), '%d') = 'x') }} }}"
)
BOMBS = [
    ("join", RUNAWAY % 0),
    ("order", f"SELECT * {{ {_PAIR} }} ORDER BY ?f ?a"),
    ("group-concat", f"SELECT (STRLEN(GROUP_CONCAT(?a)) AS ?n) {{ {_PAIR} }}"),
    ("group-by", f"SELECT ?f (COUNT(*) AS ?n) {{ {_PAIR} }} GROUP BY ?f ?a"),
    ("distinct", f"SELECT DISTINCT * {{ {_TRIPLE} }}"),
    ("construct", f"CONSTRUCT {{ ?a ?b ?i }} {{ {_TRIPLE} }}"),
    ("describe", f"DESCRIBE ?a ?i {{ {_TRIPLE} }}"),
    ("uuids", f"SELECT (COUNT(DISTINCT STRUUID()) AS ?n) {{ {_PAIR} }}"),
    ("hashes", f"SELECT (COUNT(DISTINCT SHA512(CONCAT(?c, ?f))) AS ?n) {{ {_PAIR} }}"),
    ("doubling", _grown("CONCAT({x}, {x})", 60)),
    ("replacing", _grown("REPLACE({x}, 'a', 'aa')", 60)),
    ("encoding", _grown("ENCODE_FOR_URI(CONCAT('%', {x}, {x}))", 60)),
    ("path-set", "SELECT (COUNT(*) AS ?n) { ?a !(<a:b>|^<a:b>)* ?b }"),
    ("path-plus", "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>+/!<a:b>+)+ ?b }"),
    ("path-any", "SELECT (COUNT(*) AS ?n) { ?a (<a:b>|!<a:b>)* ?b . ?b !<a:b>* ?c }"),
    ("regex", f"ASK {{ FILTER(REGEX('{'a' * 30_000}b', '(a*)*c')) }}"),
    ("regex-size", "ASK { FILTER(REGEX('a', '(((a{99}){99}){99}){99}')) }"),
    (
        "regex-each",
        f"SELECT (COUNT(*) AS ?n) {{ {_PAIR} FILTER(REGEX(STR(?c), CONCAT('(x+x+)+', STR(?f)))) }}",
    ),
    (
        "values",
        f"ASK {{ {' '.join(f'VALUES ?v{n} {{ {_ROWS} }}' for n in range(6))} FILTER(?v0 > 300) }}",
    ),
    ("exists", f"SELECT * {{ ?a ?b ?c FILTER NOT EXISTS {{ {_PAIR} FILTER(?d = ?c + ?f) }} }}"),
]

ODD = [
    ("literal", f"ASK {{ ?s ?p '{'x' * LONGEST}' }}"),
    ("iri", f"ASK {{ ?s ?p <a:{'x' * LONGEST}> }}"),
    ("variable", f"ASK {{ ?s ?p ?{'x' * LONGEST} }}"),
    ("name", f"PREFIX p: <a:b> ASK {{ ?s ?p p:{'x' * LONGEST} }}"),
    ("language", f"ASK {{ ?s ?p 'a'@{'x' * LONGEST} }}"),
    ("number", f"ASK {{ FILTER({'1' * LONGEST}) }}"),
    ("function", f"ASK {{ FILTER(<a:{'x' * LONGEST}>(1)) }}"),
    ("escapes", "ASK { ?s ?p '" + "\\u0041" * (LONGEST // 6) + "' }"),
    ("surrogate", "ASK { ?s ?p '\\uD800' }"),
    ("surrogate-pair", "ASK { ?s ?p '\\uD83D\\uDE00' }"),
    ("beyond-unicode", "ASK { ?s ?p '\\UFFFFFFFF' }"),
    ("nul", "ASK { ?s ?p '\0' }"),
    ("nul-escape", "ASK { ?s ?p '\\u0000' }"),
    ("nul-iri", "ASK { ?s ?p <a:\0> }"),
    ("empty", ""),
    ("spaces", " " * LONGEST),
    ("lines", "\n" * LONGEST),
    ("comment", "#" * LONGEST),
    ("comments", "#\n" * (LONGEST // 2)),
    ("word", "x" * LONGEST),
    ("quotes", "ASK { " + '"' * (LONGEST - 1)),
    ("open-iris", "ASK { " + "<" * LONGEST),
    ("wrong-brackets", "ASK { " + "([{" * (LONGEST // 3)),
    (
        "overflow",
        "SELECT (9223372036854775807 + 1 AS ?a) (SUBSTR('ä', -9223372036854775808) AS ?b) {}",
    ),
]


def _han(step: int) -> str:
    return "".join(chr(0x4E00 + n * step % 3000) for n in range(20_000))


# Texts of some ten kilobytes, over which every scan must be linear: the web process reads
# them too, for SERVICE and to explain a mistake.  They are short so that a scan that is not
# ends in seconds.
SCANNED = [
    ("escaped-quotes", "SELECT * {" + '\\"' * DEADLY),
    ("dotted-words", "SELECT * { SERVICE " + "a." * DEADLY),
    ("before-a-prefix", f"SELECT ?{'a' * 2 * DEADLY} {{ ?s foo:bar 1 }}"),
    ("long-prefixes", f"PREFIX {_han(7)}: <a:b> ASK {{ ?s {_han(11)}:p ?o }}"),
    (
        "many-prefixes",
        "".join(f"PREFIX foo{n}: <a:b> " for n in range(2000)) + "ASK { ?s foobar:p ?o }",
    ),
    ("services", "SERVICE <a:b> {} " * 700),
    ("services-in-a-query", "ASK { " + "SERVICE <a:b> {} " * 3000 + "}"),
    ("service-never-ends", "ASK { " + "SERVICE <a:b> " * 3000),
    ("open-brackets", "ASK { " + "{" * 2 * DEADLY),
    ("long-strings", "ASK { " + "'''" * (DEADLY + 1)),
    ("unknown-words", "ASK { " + "foo " * DEADLY),
]

_HOSTS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST.",
    "user:pass@127.0.0.1",
)


def loopback(port: int) -> Iterator[tuple[str, str]]:
    """(id, IRI): this machine's own address, in every spelling."""
    for scheme in ("http", "https"):
        for host in _HOSTS:
            yield f"{scheme}-{host}", f"{scheme}://{host}:{port}/"
