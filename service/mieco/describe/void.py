"""The dataset and its graphs as VoID tells them: how much of what, and tied to whom.

The clauses cited are those of *Describing Linked Datasets with the VoID Vocabulary*
(https://www.w3.org/TR/void/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Quad

from mieco.describe.dataset import DUMPS, target_at
from mieco.describe.statements import DATASET, in_words, part, said, term
from mieco.describe.statistics import Counts, Statistics, is_described, namespace
from mieco.errors import Text
from mieco.present.formats import GRAPH_FORMATS
from mieco.present.graph_names import graph_in_words
from mieco.terms import BASE, CATALOGUE_GRAPH, LICENSE

# So many classes, properties, links and graphs are told one by one, the largest first: data
# may bring any number.  How many there are is always told.
_MOST = 1000

_SCOPE = Text(
    "所计为各图合并而成的集合，不含形状图和本目录图；一条三元组在几个图中只算一次",
    "The counts are of the merged set of all graphs but the shapes and this catalogue; a triple"
    " that stands in several graphs counts once.",
)


def describe_document() -> Iterator[Quad]:
    """The catalogue graph as a document that describes a dataset (§6)."""
    document = NamedNode(CATALOGUE_GRAPH)
    yield said(document, "rdf:type", "void:DatasetDescription")
    yield from in_words(document, "dcterms:title", graph_in_words(CATALOGUE_GRAPH))
    yield said(document, "foaf:primaryTopic", DATASET)
    yield said(document, "dcterms:license", NamedNode(LICENSE))


def describe_dataset(
    number: int, statistics: Statistics, examples: Iterable[NamedNode], address: str
) -> Iterator[Quad]:
    """The dataset as it is in a release: access (§3), structure (§4) and links (§5).

    What is told of the dataset as such has the same IRIs in each release, so that only what
    differs need be written.
    """
    release = term(f"release/{number}")
    for dataset in (DATASET, release):
        yield said(dataset, "rdf:type", "void:Dataset")
        yield from in_words(dataset, "rdfs:comment", _SCOPE)
        yield from _counted(dataset, statistics.merged)
        yield said(dataset, "void:entities", statistics.entities)
        yield said(dataset, "void:uriSpace", Literal(BASE))
        for dump in DUMPS:
            yield said(dataset, "void:dataDump", NamedNode(address + dump.path(number)))
    yield said(DATASET, "void:sparqlEndpoint", NamedNode(f"{address}sparql"))
    for form in GRAPH_FORMATS:
        yield said(DATASET, "void:feature", NamedNode(form.iri))
    for example in examples:
        yield said(DATASET, "void:exampleResource", example)
    names = (*statistics.properties, *statistics.classes)
    for space in sorted({namespace(name) for name in names} - {""})[:_MOST]:
        yield said(DATASET, "void:vocabulary", NamedNode(space))
    yield from _partitions(statistics)
    for (prop, space), count in _largest(statistics.links):
        yield from _linkset(prop, space, count)
    for graph, _ in _largest(statistics.triples()):
        if graph:
            yield from _subset(NamedNode(graph), statistics.graphs[graph])


def _counted(dataset: NamedNode, counts: Counts) -> Iterator[Quad]:
    """The statistics of a dataset (§4.6)."""
    yield said(dataset, "void:triples", counts.triples)
    yield said(dataset, "void:distinctSubjects", counts.subjects)
    yield said(dataset, "void:distinctObjects", counts.objects)
    yield said(dataset, "void:properties", counts.properties)
    yield said(dataset, "void:classes", counts.classes)


def _partitions(statistics: Statistics) -> Iterator[Quad]:
    """How many entities of each class, and triples of each property (§4.5)."""
    for name, count in _largest(statistics.classes):
        partition = part("class", name)
        yield said(DATASET, "void:classPartition", partition)
        yield said(partition, "void:class", NamedNode(name))
        yield said(partition, "void:entities", count)
    for name, count in _largest(statistics.properties):
        partition = part("property", name)
        yield said(DATASET, "void:propertyPartition", partition)
        yield said(partition, "void:property", NamedNode(name))
        yield said(partition, "void:triples", count)


def _subset(graph: NamedNode, counts: Counts) -> Iterator[Quad]:
    """A graph; one that the counts leave out is a part, but no subset (§4.4)."""
    yield said(graph, "rdf:type", "void:Dataset")
    yield from in_words(graph, "dcterms:title", graph_in_words(graph.value))
    relation = "void:subset" if is_described(graph) else "dcterms:hasPart"
    yield said(DATASET, relation, graph)
    yield from _counted(graph, counts)


def _linkset(prop: str, space: str, count: int) -> Iterator[Quad]:
    """The triples of one property that lead to one namespace (§5)."""
    linkset, target = part("links", prop, space), part("target", space)
    yield said(linkset, "rdf:type", "void:Linkset")
    yield said(DATASET, "void:subset", linkset)
    yield said(linkset, "void:linkPredicate", NamedNode(prop))
    yield said(linkset, "void:subjectsTarget", DATASET)
    yield said(linkset, "void:objectsTarget", target)
    yield said(linkset, "void:triples", count)
    yield said(target, "rdf:type", "void:Dataset")
    yield said(target, "void:uriSpace", Literal(space))
    name, home = target_at(space)
    if name:
        yield said(target, "dcterms:title", Literal(name))
    if home:
        yield said(target, "foaf:homepage", NamedNode(home))


_Key = TypeVar("_Key", str, tuple[str, str])


def _largest(counts: Mapping[_Key, int]) -> list[tuple[_Key, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
