"""An ontology, the queries of ``queries/rules/`` and HermiT's classification as one rule set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyoxigraph import RdfFormat, parse
from rdflib import OWL, RDFS, Graph, URIRef

from mieco.content import OntologyFiles
from mieco.errors import BadInstallation
from mieco.rdflib_graphs import graph_of
from mieco.reason.axioms import read_axioms
from mieco.reason.construct_rules import read_construct
from mieco.reason.manchester import text_of_node
from mieco.reason.rule import Atom, Axiom, Rule, of_iri, tidied
from mieco.reason.ruleset import RuleSet, digests
from mieco.reason.strata import strata


def compile_rules(
    ontology: Graph, queries: Sequence[Path] = (), files: OntologyFiles | None = None
) -> RuleSet:
    """The rules of a merged ontology and of some queries.

    What follows from "some" on the right of one axiom and on the left of another is in no
    rule.  So the subclass axioms that HermiT has inferred from ``files`` are taken as well,
    as long as the ontology has all the axioms that those files have.  Raises
    :class:`~mieco.errors.AxiomUnknown`, BadInstallation for a query that is no rule, or that
    excludes what follows from it.
    """
    axioms = [_NOTHING, *read_axioms(ontology)]
    if files and _texts(read_axioms(_united(files.loaded))) <= _texts(axioms):
        axioms += _classification(ontology, _united([files.classification]))
    for path in queries:
        rules = {tidied(rule) for rule in read_construct(path, ontology)}
        axioms.append(Axiom("Query", path.name, (), tuple(sorted(rules, key=str))))
    compiled = RuleSet(tuple(axioms), digests(queries))
    try:
        strata(compiled.inferring)
    except ValueError as error:
        raise BadInstallation(part="queries/rules", reason=str(error)) from error
    return compiled


_NOTHING = Axiom(
    "Declaration",
    "owl:Nothing a owl:Class",
    (str(OWL.Nothing),),
    (Rule(None, (Atom(str(OWL.Nothing), ("?x",)),)),),
)


def _united(files: Iterable[Path]) -> Graph:
    return graph_of(
        quad
        for path in files
        for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    )


def _texts(axioms: Iterable[Axiom]) -> set[tuple[str, str]]:
    return {(axiom.kind, axiom.text) for axiom in axioms}


def _classification(ontology: Graph, classified: Graph) -> Iterator[Axiom]:
    """What HermiT inferred, as rules for members and as statements on the classes."""
    for below, above in sorted(classified.subject_objects(RDFS.subClassOf)):
        if isinstance(below, URIRef) and isinstance(above, URIRef):
            names = (of_iri(str(below)), of_iri(str(above)))
            yield Axiom(
                kind="Classification",
                text=f"{text_of_node(ontology, below)} ⊑ {text_of_node(ontology, above)}",
                about=(str(below),),
                rules=(
                    Rule(Atom(str(above), ("?x",)), (Atom(str(below), ("?x",)),)),
                    Rule(Atom(str(RDFS.subClassOf), names), ()),
                ),
            )
