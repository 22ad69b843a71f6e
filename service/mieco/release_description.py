"""What a release says of itself, in its catalogue graph (VoID, PROV)."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import Literal, NamedNode, Quad

from mieco.inference import Inferred
from mieco.intake.specification import expand
from mieco.releases import Imported
from mieco.terms import (
    BASE,
    CATALOGUE_GRAPH,
    DATA_GRAPHS,
    INFERRED_GRAPH,
    QUESTIONS_GRAPH,
    SHAPES_GRAPH,
    XSD,
)

_CATALOGUE = NamedNode(CATALOGUE_GRAPH)
_DATE_TIME = NamedNode(XSD + "dateTime")


def describe_release(
    number: int,
    created: str,
    counts: Mapping[str, int],
    inferred: Inferred,
    batches: Mapping[str, Imported],
) -> list[Quad]:
    """The catalogue of a release.

    ``counts`` gives the triples of each graph by its IRI, ``batches`` where the batches in it
    come from.
    """
    release = NamedNode(f"{BASE}release/{number}")
    inference = NamedNode(f"{BASE}release/{number}/inference")
    graph_of_inferred = NamedNode(INFERRED_GRAPH)
    issued = Literal(created, datatype=_DATE_TIME)
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
        if name not in (INFERRED_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH):
            quads.append(_said(inference, "prov:used", graph))
    for name, batch in sorted(batches.items()):
        quads += _describe_batch(NamedNode(name), batch)
    return quads


def _describe_batch(graph: NamedNode, batch: Imported) -> list[Quad]:
    """Who brought a batch, when, from which files and with what (PROV-O)."""
    tail = graph.value.removeprefix(DATA_GRAPHS)
    activity = NamedNode(f"{BASE}import/{tail}/{batch.release}")
    software = NamedNode(f"{BASE}software/mieco/{batch.version}")
    quads = [
        _said(graph, "prov:wasGeneratedBy", activity),
        _said(activity, "rdf:type", NamedNode(expand("prov:Activity"))),
        *_labelled(activity, f"导入 {tail}", f"import of {tail}"),
        _said(activity, "prov:endedAtTime", Literal(batch.at, datatype=_DATE_TIME)),
        _said(activity, "prov:wasAssociatedWith", software),
        _said(software, "rdf:type", NamedNode(expand("prov:SoftwareAgent"))),
        *_labelled(software, f"mieco {batch.version}", f"mieco {batch.version}"),
    ]
    if batch.by:
        person = NamedNode(f"{activity.value}/agent")
        quads.append(_said(activity, "prov:wasAssociatedWith", person))
        quads.append(_said(person, "rdf:type", NamedNode(expand("prov:Agent"))))
        quads.append(_said(person, "rdfs:label", Literal(batch.by)))
    for file, digest in sorted(batch.inputs.items()):
        entity = NamedNode(f"{BASE}file/sha256/{digest}")
        quads.append(_said(activity, "prov:used", entity))
        quads.append(_said(entity, "rdf:type", NamedNode(expand("prov:Entity"))))
        quads.append(_said(entity, "rdfs:label", Literal(file)))
        quads.append(_said(entity, "dcterms:identifier", Literal(f"sha256:{digest}")))
    return quads


def _said(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Quad:
    return Quad(subject, NamedNode(expand(predicate)), value, _CATALOGUE)


def _labelled(subject: NamedNode, zh: str, en: str) -> list[Quad]:
    return [
        _said(subject, "rdfs:label", Literal(zh, language="zh")),
        _said(subject, "rdfs:label", Literal(en, language="en")),
    ]
