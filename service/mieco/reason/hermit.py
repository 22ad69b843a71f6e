"""HermiT, through Owlready2: is an ontology consistent, and what follows from it?"""

from __future__ import annotations

import io
import itertools
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import owlready2
from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.term import Node

from mieco.errors import BadInput, NoJava
from mieco.terms import BASE

Pair = tuple[str, str]
Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What HermiT said.

    ``unsatisfiable`` are the IRIs of classes that can have no member; ``subclasses`` are
    (class, next superclass) for what follows and is not asserted.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    subclasses: frozenset[Pair]
    seconds: float


def classify(ontology: Graph) -> Verdict:
    """HermiT's verdict on an ontology whose modules are merged in one graph.

    Raises :class:`~mieco.errors.NoJava` where there is no working Java, BadInput where
    the ontology is not one that HermiT can read.
    """
    started = time.monotonic()
    inferred = _inferred(ontology, individuals=False)
    seconds = time.monotonic() - started
    if inferred is None:
        return Verdict(False, (), frozenset(), seconds)
    same = {(a, b) for a, b in inferred.subject_objects(OWL.equivalentClass) if a != b}
    empty = {a for a, b in same if b == OWL.Nothing}
    pairs = {*inferred.subject_objects(RDFS.subClassOf), *same, *((b, a) for a, b in same)}
    return Verdict(
        consistent=True,
        unsatisfiable=tuple(sorted(str(a) for a in empty)),
        subclasses=frozenset(
            (str(a), str(b))
            for a, b in pairs
            if not {a, b} & {OWL.Thing, OWL.Nothing} and (a, RDFS.subClassOf, b) not in ontology
        ),
        seconds=seconds,
    )


def realise(ontology: Graph) -> Graph:
    """What follows about the individuals of an ontology: named classes and relations.

    An inconsistent ontology gives an empty graph, since all would follow from it.  Raises as
    :func:`classify`.
    """
    said = Graph()
    said += ontology
    individuals = set(_individuals(ontology))
    # Without the declaration Owlready2 does not report on an individual.
    for individual in individuals:
        said.add((individual, RDF.type, OWL.NamedIndividual))
    inferred = _inferred(said, individuals=True)
    found = Graph()
    if inferred is not None:
        said += inferred
        about = ((s, p, o) for s, p, o in said if s in individuals and isinstance(o, URIRef))
        found += _generalised(about, said)
    for triple in [*ontology, *found.triples((None, RDF.type, OWL.NamedIndividual))]:
        found.remove(triple)
    found.remove((None, RDF.type, OWL.Thing))
    return found


def _generalised(triples: Iterable[Triple], hierarchy: Graph) -> set[Triple]:
    """The triples, and all that follows by superclass, superproperty, inverse and symmetry.

    HermiT names only the most specific class and property of each, one of several that are
    the same, and one direction of a symmetric one.
    """
    known: set[Triple] = set()
    fresh = set(triples)
    while fresh:
        known |= fresh
        wider = set()
        for s, p, o in fresh:
            if p == RDF.type:
                wider |= {(s, p, above) for above in hierarchy.objects(o, RDFS.subClassOf)}
                continue
            wider |= {(s, above, o) for above in hierarchy.objects(p, RDFS.subPropertyOf)}
            wider |= {(s, same, o) for same in hierarchy.objects(p, OWL.equivalentProperty)}
            wider |= {(s, same, o) for same in hierarchy.subjects(OWL.equivalentProperty, p)}
            if (p, RDF.type, OWL.SymmetricProperty) in hierarchy:
                wider.add((o, p, s))
            wider |= {(o, back, s) for back in hierarchy.objects(p, OWL.inverseOf)}
            wider |= {(o, back, s) for back in hierarchy.subjects(OWL.inverseOf, p)}
        fresh = {t for t in wider - known if not any(isinstance(n, BNode) for n in t)}
    return known


def _individuals(ontology: Graph) -> Iterator[Node]:
    """Whatever has a class, or stands on either side of an object property."""
    for kind in ontology.subjects(RDF.type, OWL.Class):
        if isinstance(kind, URIRef):
            yield from ontology.subjects(RDF.type, kind)
    for relation in ontology.subjects(RDF.type, OWL.ObjectProperty):
        for pair in ontology.subject_objects(relation):
            yield from pair


def _inferred(ontology: Graph, *, individuals: bool) -> Graph | None:
    """What HermiT adds to an ontology; ``None`` where it is inconsistent."""
    _require_java()
    world = owlready2.World()
    # The imports are merged already; Owlready2 would look for them on the web.
    merged = Graph()
    for triple in ontology:
        if triple[1] != OWL.imports:
            merged.add(triple)
    # Owlready2 does not read Turtle.
    triples = io.BytesIO(merged.serialize(format="nt", encoding="utf-8"))
    world.get_ontology(f"{BASE}ontology").load(fileobj=triples)
    conclusions = world.get_ontology(f"{BASE}inferred")
    try:
        with conclusions:
            owlready2.sync_reasoner_hermit(world, infer_property_values=individuals, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    except owlready2.OwlReadyJavaError as error:
        raise BadInput(where="HermiT", reason=_reason(str(error)), todo="") from error
    saved = io.BytesIO()
    conclusions.save(saved, format="ntriples")
    return Graph().parse(data=saved.getvalue(), format="nt")


def _reason(output: str) -> str:
    """What a Java exception says, without the trace of where."""
    lines = [line.strip() for line in output.splitlines()]
    said = list(itertools.dropwhile(lambda line: "Exception" not in line, lines))
    message = itertools.takewhile(lambda line: not line.startswith("at "), said)
    return " ".join(message) or output.strip()


def _require_java() -> None:
    # A stub that only says "install Java" (as macOS has) is found on the path but fails.
    try:
        subprocess.run(
            [owlready2.JAVA_EXE, "-version"], capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        raise NoJava from None
