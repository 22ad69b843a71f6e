"""Validation with SHACL (pyshacl)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, Triple, serialize
from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.namespace import SH
from rdflib.term import Node

from mieco.check.report import SEVERITIES, Finding, Report, Severity
from mieco.errors import BadInstallation, Text
from mieco.intake.batch import Batch

SEVERITY_OF: dict[Node, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


def read_turtle(files: Iterable[Path]) -> Graph:
    """Turtle files as one graph.  Raises BadInstallation."""
    graph = Graph()
    for path in files:
        try:
            graph.parse(path, format="turtle")
        except SyntaxError as error:  # rdflib's BadSyntax
            raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error
    return graph


def check(batch: Batch, shapes: Graph, ontology: Graph) -> Report:
    """The findings about a batch; the ontology gives subclasses and concepts."""
    # Merged here: pyshacl's own mixing-in of an ontology takes minutes for one of this size.
    data = Graph()
    data.parse(_as_ntriples(batch), format="nt")
    own = set(data.subjects())
    data += ontology
    _, results, _ = validate(data, shacl_graph=shapes, inference="none")
    if not isinstance(results, Graph):
        raise BadInstallation(part="shapes", reason=str(results))
    findings = sorted(
        (f for f in _findings(results, batch, shapes) if URIRef(f.focus) in own),
        key=lambda f: (list(SEVERITIES).index(f.severity), f.focus, f.path, f.value),
    )
    return Report(findings)


def _as_ntriples(batch: Batch) -> bytes:
    triples = (Triple(q.subject, q.predicate, q.object) for q in batch.quads)
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""


def _findings(results: Graph, batch: Batch, shapes: Graph) -> Iterator[Finding]:
    # Those of the report itself: a result's sh:detail says within it what broke sh:node.
    for result in results.objects(predicate=SH.result, unique=True):
        focus = str(results.value(result, SH.focusNode))
        path = results.value(result, SH.resultPath)
        value = results.value(result, SH.value)
        yield Finding(
            severity=SEVERITY_OF[results.value(result, SH.resultSeverity) or SH.Violation],
            message=_message(results, result, shapes),
            focus=focus,
            path=str(path or ""),
            value=str(value) if value is not None and str(value) != focus else "",
            shape=str(results.value(result, SH.sourceShape)),
            origin=batch.origin(focus, str(path) if path else None),
        )


def _message(results: Graph, result: Node, shapes: Graph) -> Text:
    """Both languages of sh:resultMessage; a message without a language serves for both."""
    said = {
        m.language or "": str(m)
        for m in results.objects(result, SH.resultMessage)
        if isinstance(m, RdfLiteral)
    }
    if said.keys() <= {""}:
        # Of a SPARQL constraint pyshacl gives one message, now this, now that, and no language.
        texts = set(said.values())
        for constraint, message in shapes.subject_objects(SH.message):
            if str(message) in texts:
                all_of_it = shapes.objects(constraint, SH.message)
                said |= {m.language or "": str(m) for m in all_of_it if isinstance(m, RdfLiteral)}
    plain = said.get("") or next(iter(said.values()), "")
    return Text(said.get("zh", plain), said.get("en", plain))
