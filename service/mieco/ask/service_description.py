"""What the SPARQL service says of itself (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mieco.engine.functions import EXTENSION_FUNCTIONS
from mieco.engine.searching import MATCHES
from mieco.intake.specification import expand
from mieco.manifest import Manifest
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS
from mieco.settings import Settings

_TITLE = ("市域产教联合体 SPARQL 服务", "SPARQL service on municipal industry-education consortia")
_UNION = (
    "默认图是各命名图与无名图合并而成的集合，不含形状图",
    "The default graph is the merged set of the unnamed graph and all named graphs but the shapes.",
)
_STRICT = (
    "默认图是无名图",
    "The default graph is the unnamed graph.",
)


def describe_service(
    root: str, manifest: Manifest, settings: Settings, *, changes: bool
) -> Iterator[Triple]:
    """The description of the query service below the URL ``root``, and of the update service where
    somebody may make changes."""
    dataset = BlankNode("dataset")
    # The service that is asked is a blank node, as in the specification's own example (§4);
    # some clients read no other.
    query = BlankNode("query")
    yield from _service(query, f"{root}/sparql", "sd:SPARQL11Query", dataset, settings)
    for form in (*SOLUTION_FORMATS, *GRAPH_FORMATS):
        yield _said(query, "sd:resultFormat", NamedNode(form.iri))
    for function in EXTENSION_FUNCTIONS:
        yield _said(query, "sd:extensionFunction", NamedNode(function))
    yield _said(query, "sd:propertyFeature", NamedNode(MATCHES))
    if changes:
        update = NamedNode(f"{root}/sparql#update")
        yield from _service(update, f"{root}/update", "sd:SPARQL11Update", dataset, settings)
        if settings.federation:
            for form in GRAPH_FORMATS:
                yield _said(update, "sd:inputFormat", NamedNode(form.iri))
    yield from _dataset(dataset, manifest, settings)
    for function in EXTENSION_FUNCTIONS:
        yield _said(NamedNode(function), "rdf:type", _term("sd:Function"))


def _service(
    service: NamedNode | BlankNode,
    endpoint: str,
    language: str,
    dataset: BlankNode,
    settings: Settings,
) -> Iterator[Triple]:
    yield _said(service, "rdf:type", _term("sd:Service"))
    yield from _labels(service, "rdfs:label", _TITLE)
    yield _said(service, "sd:endpoint", NamedNode(endpoint))
    yield _said(service, "sd:supportedLanguage", _term(language))
    yield _said(service, "sd:feature", _term("sd:EmptyGraphs"))
    if settings.federation:
        yield _said(service, "sd:feature", _term("sd:BasicFederatedQuery"))
    yield _said(service, "sd:defaultDataset", dataset)


def _dataset(dataset: BlankNode, manifest: Manifest, settings: Settings) -> Iterator[Triple]:
    yield _said(dataset, "rdf:type", _term("sd:Dataset"))
    union = settings.default_graph == "union"
    yield from _labels(dataset, "rdfs:comment", _UNION if union else _STRICT)
    default = BlankNode("default")
    yield _said(dataset, "sd:defaultGraph", default)
    yield _said(default, "rdf:type", _term("sd:Graph"))
    for number, (name, count) in enumerate(manifest.graphs.items()):
        named, graph = BlankNode(f"named{number}"), BlankNode(f"graph{number}")
        yield _said(dataset, "sd:namedGraph", named)
        yield _said(named, "rdf:type", _term("sd:NamedGraph"))
        yield _said(named, "sd:name", NamedNode(name))
        yield _said(named, "sd:graph", graph)
        yield _said(graph, "rdf:type", _term("sd:Graph"))
        yield _said(graph, "void:triples", Literal(count))


def _labels(
    subject: NamedNode | BlankNode, predicate: str, texts: tuple[str, str]
) -> Iterator[Triple]:
    for language, text in zip(("zh", "en"), texts, strict=True):
        yield _said(subject, predicate, Literal(text, language=language))


def _said(
    subject: NamedNode | BlankNode, predicate: str, value: NamedNode | BlankNode | Literal
) -> Triple:
    return Triple(subject, _term(predicate), value)


def _term(name: str) -> NamedNode:
    return NamedNode(expand(name))
