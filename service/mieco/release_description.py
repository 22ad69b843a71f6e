"""What a release says of itself, in its catalogue graph (VoID, PROV)."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import Literal, NamedNode, Quad

from mieco.inference import Inferred
from mieco.intake.specification import expand
from mieco.terms import BASE, CATALOGUE_GRAPH, INFERRED_GRAPH, SHAPES_GRAPH, XSD

_CATALOGUE = NamedNode(CATALOGUE_GRAPH)


def describe_release(
    number: int, created: str, counts: Mapping[str, int], inferred: Inferred
) -> list[Quad]:
    """The catalogue of a release; ``counts`` gives the triples of each graph by its IRI."""
    release = NamedNode(f"{BASE}release/{number}")
    inference = NamedNode(f"{BASE}release/{number}/inference")
    graph_of_inferred = NamedNode(INFERRED_GRAPH)
    issued = Literal(created, datatype=NamedNode(XSD + "dateTime"))
    quads = [
        _said(release, "rdf:type", NamedNode(expand("void:Dataset"))),
        *_labelled(release, f"mieco 第 {number} 次发布", f"mieco release {number}"),
        _said(release, "dcterms:issued", issued),
        _said(graph_of_inferred, "prov:wasGeneratedBy", inference),
        _said(inference, "rdf:type", NamedNode(expand("prov:Activity"))),
        *_labelled(inference, f"第 {number} 次发布的推理", f"inference of release {number}"),
        _said(inference, "prov:endedAtTime", issued),
        _said(inference, "dcterms:identifier", Literal(f"rules sha256:{inferred.rules}")),
    ]
    if count := inferred.contradictions:
        zh, en = f"与本体有 {count} 处矛盾，已接受", f"contradictions, accepted: {count}"
        quads.append(_said(inference, "rdfs:comment", Literal(zh, language="zh")))
        quads.append(_said(inference, "rdfs:comment", Literal(en, language="en")))
    for name, count in counts.items():
        graph = NamedNode(name)
        quads.append(_said(release, "void:subset", graph))
        quads.append(_said(graph, "void:triples", Literal(count)))
        if name not in (INFERRED_GRAPH, SHAPES_GRAPH):
            quads.append(_said(inference, "prov:used", graph))
    return quads


def _said(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(subject, NamedNode(expand(predicate)), value, _CATALOGUE)


def _labelled(subject: NamedNode, zh: str, en: str) -> list[Quad]:
    return [
        _said(subject, "rdfs:label", Literal(zh, language="zh")),
        _said(subject, "rdfs:label", Literal(en, language="en")),
    ]
