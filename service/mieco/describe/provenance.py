"""Where a release comes from: imports, inference, software (PROV-O)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pyoxigraph import Literal, NamedNode, Quad

from mieco.describe.statements import in_words, moment, said, term
from mieco.errors import Text
from mieco.inference import Inferred
from mieco.manifest import Imported
from mieco.terms import DATA_GRAPHS, INFERRED_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

# Nothing is inferred from what these say.
_APART = (INFERRED_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH)


def describe_inference(
    number: int, created: str, inferred: Inferred, graphs: Collection[str]
) -> Iterator[Quad]:
    """How the inferred graph came about: when, from which graphs, by which rules."""
    inference = term(f"release/{number}/inference")
    yield said(NamedNode(INFERRED_GRAPH), "prov:wasGeneratedBy", inference)
    yield said(inference, "rdf:type", "prov:Activity")
    name = Text(f"第 {number} 次发布的推理", f"inference of release {number}")
    yield from in_words(inference, "rdfs:label", name)
    yield said(inference, "prov:endedAtTime", moment(created))
    yield said(inference, "dcterms:identifier", Literal(f"rules sha256:{inferred.rules}"))
    if count := inferred.contradictions:
        told = Text(f"与本体有 {count} 处矛盾，已接受", f"contradictions, accepted: {count}")
        yield from in_words(inference, "rdfs:comment", told)
    for name_of_graph in graphs:
        if name_of_graph not in _APART:
            yield said(inference, "prov:used", NamedNode(name_of_graph))


def describe_import(graph: NamedNode, batch: Imported) -> Iterator[Quad]:
    """Who brought a batch, when, from which files and with what."""
    tail = graph.value.removeprefix(DATA_GRAPHS)
    activity = term(f"import/{tail}/{batch.release}")
    software = term(f"software/mieco/{batch.version}")
    yield said(graph, "prov:wasGeneratedBy", activity)
    yield said(activity, "rdf:type", "prov:Activity")
    yield from in_words(activity, "rdfs:label", Text(f"导入 {tail}", f"import of {tail}"))
    yield said(activity, "prov:endedAtTime", moment(batch.at))
    yield said(activity, "prov:wasAssociatedWith", software)
    yield said(software, "rdf:type", "prov:SoftwareAgent")
    version = f"mieco {batch.version}"
    yield from in_words(software, "rdfs:label", Text(version, version))
    if batch.by:
        person = NamedNode(f"{activity.value}/agent")
        yield said(activity, "prov:wasAssociatedWith", person)
        yield said(person, "rdf:type", "prov:Agent")
        yield said(person, "rdfs:label", Literal(batch.by))
    for file, digest in sorted(batch.inputs.items()):
        entity = term(f"file/sha256/{digest}")
        yield said(activity, "prov:used", entity)
        yield said(entity, "rdf:type", "prov:Entity")
        yield said(entity, "rdfs:label", Literal(file))
        yield said(entity, "dcterms:identifier", Literal(f"sha256:{digest}"))
