"""The W3C SPARQL test suites as small frozen cases: where the suites lie, and what their
manifests say of each test.

Files keep the address at which the W3C publishes them, so that relative IRIs in manifests,
queries, data and results all resolve alike; :func:`read` finds the local copy.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

SUITES = Path(os.environ.get("MIECO_W3C_TESTS") or Path(__file__).parents[2] / "shared" / "w3c")
PUBLISHED = "https://w3c.github.io/rdf-tests/sparql/"

_PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "mf": "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
    "qt": "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
    "ut": "http://www.w3.org/2009/sparql/tests/test-update#",
    "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
    "ht": "http://www.w3.org/2011/http#",
    "cnt": "http://www.w3.org/2011/content#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
}
_RELATIVE_IRI = re.compile(r'<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>"{}|^`\s]*>')
_BASE = re.compile(r"\bBASE\b", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)

Term = NamedNode | BlankNode | Literal


def read(iri: str) -> str:
    """The text of a file of the suites.  Its line ends are part of a test."""
    return (SUITES / iri.removeprefix(PUBLISHED)).read_bytes().decode()


def quads_of(iri: str) -> Iterator[Quad]:
    """The RDF in a file of the suites; its blank nodes are no other file's."""
    form = RdfFormat.from_extension(iri.rpartition(".")[2])
    return parse(read(iri), format=form, base_iri=iri, rename_blank_nodes=True)


def named(name: str) -> NamedNode:
    """The IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return NamedNode(_PREFIXES[prefix] + local)


class Description:
    """Triples, found by subject and predicate; predicates are written as prefixed names."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[Term, NamedNode], list[Term]] = defaultdict(list)
        for quad in quads:
            self._objects[quad.subject, quad.predicate].append(quad.object)

    def all(self, subject: Term, predicate: str) -> list[Term]:
        return self._objects.get((subject, named(predicate)), [])

    def one(self, subject: Term | None, predicate: str) -> Term | None:
        objects = self.all(subject, predicate) if subject is not None else []
        return objects[0] if objects else None

    def values(self, subject: Term, predicate: str) -> tuple[str, ...]:
        """The IRIs or lexical forms of the objects."""
        return tuple(term.value for term in self.all(subject, predicate))

    def value(self, subject: Term | None, predicate: str) -> str:
        """The IRI or lexical form of the object, empty if there is none."""
        term = self.one(subject, predicate)
        return term.value if term is not None else ""

    def items(self, subject: Term, predicate: str) -> Iterator[Term]:
        """The members of the RDF list that is the object."""
        rest = self.one(subject, predicate)
        while (first := self.one(rest, "rdf:first")) is not None:
            yield first
            rest = self.one(rest, "rdf:rest")

    def subjects(self, predicate: str, value: Term) -> list[Term]:
        pairs = self._objects.items()
        return [s for (s, p), objects in pairs if p == named(predicate) and value in objects]


@dataclass(frozen=True)
class Case:
    """One entry of a manifest."""

    iri: str
    name: str
    kind: str

    @property
    def is_negative(self) -> bool:
        return self.kind.startswith("Negative")


@dataclass(frozen=True)
class QueryCase(Case):
    """A query, the graphs of its dataset, and the file with the expected result."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    result: str = ""
    is_lax: bool = False

    @property
    def text(self) -> str:
        return with_base(self.query)

    @property
    def from_clauses(self) -> list[str]:
        """The graphs that the query names itself."""
        return [urljoin(self.query, name) for name in _FROM.findall(read(self.query))]


@dataclass(frozen=True)
class GraphStore:
    """The state of a graph store: files, by the name of the graph that they fill."""

    default: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class UpdateCase(Case):
    """An update, and the graph store before and after it."""

    update: str
    before: GraphStore
    after: GraphStore

    @property
    def text(self) -> str:
        return with_base(self.update)


def with_base(iri: str) -> str:
    """The text of a query or update, with a BASE where its IRIs need one.

    Without it, a text that must be refused would be refused for want of a BASE.
    """
    text = read(iri)
    if _RELATIVE_IRI.search(text) and not _BASE.search(text):
        return f"BASE <{iri}>\n{text}"
    return text


@dataclass(frozen=True)
class Entry:
    """An entry of a manifest: its suite, its node, and all that the manifest says."""

    suite: str
    node: NamedNode
    tests: Description

    def case(self) -> tuple[str, str, str]:
        """The fields of :class:`Case`."""
        name = self.node.value.partition("#")[2]
        kind = self.tests.value(self.node, "rdf:type").rpartition("#")[2]
        return self.node.value, f"{self.suite}/{name}", kind


@cache
def entries(manifest: str) -> tuple[Entry, ...]:
    """Each entry of a manifest (a path below the suites) and of those that it includes."""
    return tuple(_entries(PUBLISHED + manifest))


def _entries(iri: str) -> Iterator[Entry]:
    tests = Description(quads_of(iri))
    (manifest,) = tests.subjects("rdf:type", named("mf:Manifest"))
    for included in tests.items(manifest, "mf:include"):
        yield from _entries(included.value)
    for node in tests.items(manifest, "mf:entries"):
        yield Entry(iri.split("/")[-2], node, tests)


def cases(manifest: str) -> Iterator[Case]:
    for entry in entries(manifest):
        yield Case(*entry.case())


def query_cases(manifest: str) -> Iterator[QueryCase]:
    for entry in entries(manifest):
        tests = entry.tests
        action = tests.one(entry.node, "mf:action")
        described = tests.value(action, "qt:query")
        yield QueryCase(
            *entry.case(),
            query=described or action.value,
            default_graphs=tests.values(action, "qt:data"),
            named_graphs=tests.values(action, "qt:graphData"),
            result=tests.value(entry.node, "mf:result"),
            is_lax=named("mf:LaxCardinality") in tests.all(entry.node, "mf:resultCardinality"),
        )


def update_cases(manifest: str) -> Iterator[UpdateCase]:
    for entry in entries(manifest):
        tests = entry.tests
        action, result = (tests.one(entry.node, name) for name in ("mf:action", "mf:result"))
        described = tests.value(action, "ut:request")
        yield UpdateCase(
            *entry.case(),
            update=described or action.value,
            before=graph_store(tests, action),
            after=graph_store(tests, result),
        )


def graph_store(tests: Description, state: Term | None) -> GraphStore:
    """What ut:data and ut:graphData say of a graph store."""
    if state is None:
        return GraphStore()
    graphs = tests.all(state, "ut:graphData")
    return GraphStore(
        default=tests.values(state, "ut:data"),
        named=tuple((tests.value(g, "rdfs:label"), tests.value(g, "ut:graph")) for g in graphs),
    )
