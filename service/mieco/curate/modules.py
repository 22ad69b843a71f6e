"""The modules of an ontology as graphs: each alone, and all merged as one ontology."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rdflib import OWL, RDF, SKOS, Graph, URIRef

from mieco.content import OntologyFiles
from mieco.errors import BadInput, Text
from mieco.terms import BASE, MIECO

ROOT = URIRef(f"{BASE}ontology")

# What a term may be; a concept and its scheme are terms too.
KINDS = (
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    SKOS.Concept,
    SKOS.ConceptScheme,
)


def read_module(path: Path) -> Graph:
    """A Turtle file as a graph.  Raises BadInput."""
    try:
        return Graph().parse(path, format="turtle")
    except (OSError, SyntaxError, ValueError) as error:  # rdflib's BadSyntax is a SyntaxError
        raise BadInput(where=str(path), reason=_said(error), todo="") from error


def _said(error: Exception) -> str:
    """What a parser objects to: rdflib gives the line first, then the fault, then the text."""
    fault = " ".join(str(error).splitlines()[:2])
    return fault.removesuffix(" at ^ in:").replace(" of <>:", ":")


def united(files: Iterable[Path]) -> Graph:
    """The union of some files, with their headers and prefixes.  Raises BadInput."""
    graph = Graph()
    for path in files:
        _take(graph, read_module(path))
    return graph


def copy_of(graph: Graph) -> Graph:
    """The same statements and prefixes, to be changed."""
    fresh = Graph()
    _take(fresh, graph)
    return fresh


def _take(graph: Graph, more: Graph) -> None:
    graph += more
    for prefix, namespace in more.namespaces():
        graph.bind(prefix, namespace)


def merged(files: OntologyFiles) -> Graph:
    """The modules as one ontology: the header is the root's, and nothing is imported.

    Raises BadInput.
    """
    graph = united(files.modules)
    for module in set(graph.subjects(RDF.type, OWL.Ontology)) - {ROOT}:
        graph.remove((module, None, None))
    graph.remove((None, OWL.imports, None))
    return graph


def version_of(graph: Graph) -> str:
    """The version of an ontology, as its header gives it.  Raises BadInput if it gives none."""
    version = graph.value(ROOT, OWL.versionInfo)
    if version is None:
        raise BadInput(
            where=str(ROOT), reason=Text("没有写版本", "does not say its version"), todo=""
        )
    return str(version)


def order_of(version: str) -> tuple[int, ...]:
    """A key to sort versions by: 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def last_kept(files: OntologyFiles, before: str | None = None) -> Path | None:
    """The merged text of the last kept release; with ``before``, of the last below that version."""
    kept = [p for p in files.kept if before is None or order_of(p.stem) < order_of(before)]
    return max(kept, key=lambda p: order_of(p.stem), default=None)


def own_terms(graph: Graph) -> set[URIRef]:
    """The terms of ours that a graph declares: classes, properties, concepts and schemes."""
    return {
        term
        for kind in KINDS
        for term in graph.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and str(term).startswith((MIECO, f"{BASE}concept/"))
    }
