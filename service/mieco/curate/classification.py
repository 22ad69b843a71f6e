"""The expected classification: what HermiT infers is written down, and any change is seen."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import DCTERMS, RDFS, Graph, Literal, URIRef

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.modules import read_module, united
from mieco.curate.serialisation import stable_turtle
from mieco.errors import BadInput, Text
from mieco.present.names import compact
from mieco.reason.hermit import Pair, Verdict, classify
from mieco.terms import BASE, MIECO

_SELF = URIRef(f"{BASE}ontology/classification")


def check_hermit(files: OntologyFiles) -> Iterator[Finding]:
    """Inconsistency, classes that can have no member, and every change of classification.

    Raises NoJava, and BadInput for a file that cannot be read.
    """
    whole = united(files.loaded)
    try:
        verdict = classify(whole)
    except BadInput as problem:
        yield error("beyond-reasoner", "", problem.message("zh"), problem.message("en"))
        return
    if not verdict.consistent:
        yield error("inconsistent", "", "本体不一致", "the ontology is inconsistent")
        return
    for iri in verdict.unsatisfiable:
        name = compact(iri)
        yield error(
            "unsatisfiable", iri, f"类 {name} 不可能有成员", f"the class {name} can have no member"
        )
    # With an empty class everything below it would differ; that says nothing more.
    if not verdict.unsatisfiable:
        yield from _differences(_expected(files), verdict.subclasses)


def accept(files: OntologyFiles) -> Verdict:
    """Writes what HermiT infers now as what is expected from now on.

    Nothing is written where the ontology is inconsistent or has empty classes.  Raises
    NoJava, BadInput, ToolMissing.
    """
    verdict = classify(united(files.loaded))
    if verdict.consistent and not verdict.unsatisfiable:
        graph = as_graph(verdict)
        graph.add((_SELF, RDFS.label, Literal("预期的归类", lang="zh")))
        graph.add((_SELF, RDFS.label, Literal("Expected classification", lang="en")))
        graph.add((_SELF, DCTERMS.description, Literal(_DESCRIPTION.zh, lang="zh")))
        graph.add((_SELF, DCTERMS.description, Literal(_DESCRIPTION.en, lang="en")))
        files.classification.write_text(stable_turtle(graph), encoding="utf-8")
    return verdict


_DESCRIPTION = Text(
    "HermiT 由各模块推出而其中没有写明的上下位关系；由 mieco ontology classify 生成，不属于本体。",
    "The subclass axioms that HermiT infers from the modules and that they do not state;"
    " made by 'mieco ontology classify', and no part of the ontology.",
)


def as_graph(verdict: Verdict) -> Graph:
    """The inferred subclass axioms."""
    graph = Graph()
    graph.bind("mieco", MIECO)
    for below, above in verdict.subclasses:
        graph.add((URIRef(below), RDFS.subClassOf, URIRef(above)))
    return graph


def _expected(files: OntologyFiles) -> frozenset[Pair]:
    if not files.classification.exists():
        return frozenset()
    axioms = read_module(files.classification).subject_objects(RDFS.subClassOf)
    return frozenset((str(below), str(above)) for below, above in axioms)


def _differences(expected: frozenset[Pair], found: frozenset[Pair]) -> Iterator[Finding]:
    for below, above in sorted(expected - found):
        a, b = compact(below), compact(above)
        yield error(
            "classification-lost",
            below,
            f"本应推出 {a} 是 {b} 的下位类，现在推不出",
            f"{a} should be inferred to be a subclass of {b}, but is not",
        )
    for below, above in sorted(found - expected):
        a, b = compact(below), compact(above)
        yield error(
            "classification-new",
            below,
            f"推出 {a} 是 {b} 的下位类，这不在预期之中；若有意为之，请运行 mieco ontology classify",
            f"{a} is inferred to be a subclass of {b}, which is not expected;"
            " if it is meant, run 'mieco ontology classify'",
        )
