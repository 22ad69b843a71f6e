"""HermiT, through Owlready2: is the ontology consistent, and can every class have members?"""

from __future__ import annotations

import io
import subprocess
import time
from dataclasses import dataclass

import owlready2
from rdflib import OWL, Graph

from mieco.errors import NoJava
from mieco.terms import BASE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What HermiT said; ``unsatisfiable`` are the IRIs of classes that can have no member."""

    consistent: bool
    unsatisfiable: tuple[str, ...]
    seconds: float


def classify(ontology: Graph) -> Verdict:
    """HermiT's verdict on an ontology whose modules are merged in one graph.

    Raises :class:`~mieco.errors.NoJava` where there is no working Java.
    """
    _require_java()
    world = owlready2.World()
    # The imports are merged already; Owlready2 would look for them on the web.
    merged = Graph()
    for triple in ontology:
        if triple[1] != OWL.imports:
            merged.add(triple)
    # Owlready2 does not read Turtle.
    triples = io.BytesIO(merged.serialize(format="nt", encoding="utf-8"))
    loaded = world.get_ontology(f"{BASE}ontology").load(fileobj=triples)
    started = time.monotonic()
    try:
        with loaded:
            owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return Verdict(False, (), time.monotonic() - started)
    # owl:Nothing itself is always among them.
    empty = {c.iri for c in world.inconsistent_classes()} - {str(OWL.Nothing)}
    return Verdict(True, tuple(sorted(empty)), time.monotonic() - started)


def _require_java() -> None:
    # A stub that only says "install Java" (as macOS has) is found on the path but fails.
    try:
        subprocess.run(
            [owlready2.JAVA_EXE, "-version"], capture_output=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        raise NoJava from None
