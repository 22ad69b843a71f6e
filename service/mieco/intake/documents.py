"""RDF documents in any format, a batch out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from mieco.errors import BadRdf, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake.batch import Batch, Input, Origins, sha256
from mieco.progress import Progress
from mieco.terms import BASE

_OURS = (BASE + "ontology", BASE + "shapes", BASE + "graph/")
_EXTENSIONS = {"jsonld": RdfFormat.JSON_LD, "owl": RdfFormat.RDF_XML}


def format_of(name: str) -> RdfFormat | None:
    """The RDF format that a file's name tells."""
    extension = name.rpartition(".")[2].lower()
    return RdfFormat.from_extension(extension) or _EXTENSIONS.get(extension)


def read_documents(
    inputs: Sequence[Input], graph: NamedNode, folder: Path, progress: Progress
) -> Batch:
    """The batch that RDF documents make: all their statements, in the one graph.

    Blank nodes are kept apart document by document.  A document that names graphs of its own
    gives them up, which the report tells.  Raises BadRdf with the line and column.
    """
    findings, origins, count = Findings(), Origins(), 0
    progress.begin("reading")

    def triples() -> Iterator[Triple]:
        nonlocal count
        for given in inputs:
            place = origins.place(given.name, "", {})
            for triple in _read(given, graph, findings):
                if isinstance(triple.subject, (NamedNode, BlankNode)):
                    name = triple.subject
                    term = name.value if isinstance(name, NamedNode) else str(name)
                    origins.add(term, place, 0)
                progress.step()
                count += 1
                yield triple

    file = folder / "batch.nt"
    serialize(_with_stable_nodes(triples(), graph), str(file), RdfFormat.N_TRIPLES)
    return Batch(
        graph=graph,
        file=file,
        triples=count,
        findings=findings,
        inputs={given.name: sha256(given.path) for given in inputs},
        records={},
        origins=origins,
    )


def _with_stable_nodes(triples: Iterable[Triple], graph: NamedNode) -> Iterator[Triple]:
    """The triples, with labels of blank nodes that are the same whenever they say the same.

    So that a document that is imported again changes nothing (RDF Dataset Canonicalization);
    the graph is part of a label, since a store keeps blank nodes apart by their labels alone.
    """
    plain: list[Quad] = []
    for triple in triples:
        if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
            plain.append(Quad(*triple))
        else:
            yield triple
    blank = Dataset(plain)
    blank.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    prefix = hashlib.sha256(graph.value.encode()).hexdigest()[:16]

    for quad in blank:
        subject, value = quad.subject, quad.object
        yield Triple(
            BlankNode(prefix + subject.value) if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            BlankNode(prefix + value.value) if isinstance(value, BlankNode) else value,
        )


def _read(given: Input, graph: NamedNode, findings: Findings) -> Iterator[Triple]:
    form = format_of(given.name)
    if form is None:
        raise ValueError(f"not the name of an RDF document: {given.name}")
    others: set[str] = set()
    try:
        for quad in parse(
            path=given.path, format=form, base_iri=graph.value, rename_blank_nodes=True
        ):
            if (
                quad.graph_name not in (DefaultGraph(), graph)
                and str(quad.graph_name) not in others
            ):
                others.add(str(quad.graph_name))
                findings.add(_given_up(given.name, str(quad.graph_name)))
            if _is_ours(quad.subject) and str(quad.subject) not in others:
                others.add(str(quad.subject))
                findings.add(_about_ours(given.name, str(quad.subject)))
            yield quad.triple
    except SyntaxError as error:
        raise BadRdf(
            format=given.name,
            reason=str(error).splitlines()[0],
            line=error.lineno or 0,
            column=error.offset or 0,
        ) from None


def _is_ours(subject: object) -> bool:
    """Is a subject a term or module of the ontology or the shapes?"""
    return isinstance(subject, NamedNode) and subject.value.startswith(_OURS)


def _about_ours(file: str, subject: str) -> Finding:
    return Finding(
        "violation",
        "ontology-touched",
        Text(
            f"{subject} 属于本体或形状规则，数据不能改动它。",
            f"{subject} belongs to the ontology or the shapes, which data cannot change.",
        ),
        Origin(file),
    )


def _given_up(file: str, graph: str) -> Finding:
    return Finding(
        "info",
        "graph-given-up",
        Text(
            f"文件中的图 {graph} 并入这一批的图。",
            f"What the file has in the graph {graph} goes into the graph of this batch.",
        ),
        Origin(file),
    )
