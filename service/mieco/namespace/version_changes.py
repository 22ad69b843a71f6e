"""What has changed from one version of the ontology to another, and the history of a term.

Unlike :mod:`mieco.curate.changes`, which is for the release notes, this tells texts from axioms,
and axioms in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from mieco.curate.modules import own_terms
from mieco.curate.versions import is_deprecated
from mieco.errors import Language, Text
from mieco.namespace.axiom_words import Axiom
from mieco.namespace.vocabulary import Vocabulary
from mieco.present.language import LANGUAGES
from mieco.present.names import compact
from mieco.reason.manchester import general_axioms, statements_about, text_of_node

Event = OneOf["introduced", "changed", "deprecated", "removed"]

_TEXTS = (
    *(RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.definition, SKOS.scopeNote),
    *(SKOS.example, SKOS.changeNote, RDFS.comment),
)
# What is told as axioms, so that it need not be told as statements too.
_AXIOMS = frozenset(
    {
        *(OWL.equivalentClass, RDFS.subClassOf, OWL.disjointUnionOf, OWL.disjointWith, OWL.hasKey),
        *(RDFS.domain, RDFS.range, RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf),
        *(OWL.propertyDisjointWith, OWL.propertyChainAxiom),
    }
)
_CHARACTERISTICS = frozenset(
    OWL[f"{name}Property"]
    for name in (
        *("Functional", "InverseFunctional", "Transitive", "Symmetric", "Asymmetric"),
        *("Reflexive", "Irreflexive"),
    )
)


@dataclass(frozen=True, slots=True)
class TextChange:
    """The texts of one property in one language that were and that are."""

    property: str
    language: Language
    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True, slots=True)
class TermChange:
    """What one term has lost and gained: texts, axioms, and other statements in a line each."""

    iri: str
    texts: Sequence[TextChange]
    axioms_lost: Sequence[Axiom]
    axioms_gained: Sequence[Axiom]
    lost: Sequence[str]
    gained: Sequence[str]


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """All that distinguishes one version from another.

    ``deprecated`` are the terms that were not so before, each with its replacement or an empty
    text; ``general_…`` are the axioms that have no single subject.
    """

    before: str
    after: str
    added: Sequence[str]
    removed: Sequence[str]
    deprecated: Mapping[str, str]
    changed: Mapping[str, TermChange]
    general_lost: Sequence[str]
    general_gained: Sequence[str]
    labels: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a term in a version; ``change`` tells more of a change."""

    version: str
    event: Event
    change: TermChange | None = None


def compare(old: Vocabulary, new: Vocabulary) -> VersionChanges:
    """The changes from one version to another."""
    were, are = own_terms(old.graph), own_terms(new.graph)
    changes = [_change(str(term), old, new) for term in sorted(were & are)]
    general = general_axioms(old.graph), general_axioms(new.graph)
    return VersionChanges(
        before=old.version.number,
        after=new.version.number,
        added=[str(term) for term in sorted(are - were)],
        removed=[str(term) for term in sorted(were - are)],
        deprecated={
            str(term): str(new.graph.value(term, DCTERMS.isReplacedBy) or "")
            for term in sorted(are)
            if is_deprecated(new.graph, term) and not is_deprecated(old.graph, term)
        },
        changed={change.iri: change for change in changes if change},
        general_lost=sorted(general[0] - general[1]),
        general_gained=sorted(general[1] - general[0]),
        labels={**old.labels, **new.labels},
    )


def history(iri: str, first: Vocabulary, steps: Iterable[VersionChanges]) -> Iterator[Happening]:
    """What happened to a term, from the first version on, by the changes from each to the next."""
    if (URIRef(iri), RDF.type, None) in first.graph:
        yield Happening(first.version.number, "introduced")
    for step in steps:
        if iri in step.added:
            yield Happening(step.after, "introduced")
        elif iri in step.removed:
            yield Happening(step.after, "removed")
        elif iri in step.deprecated:
            yield Happening(step.after, "deprecated", step.changed.get(iri))
        elif change := step.changed.get(iri):
            yield Happening(step.after, "changed", change)


def _change(iri: str, old: Vocabulary, new: Vocabulary) -> TermChange | None:
    if _everything(iri, old.graph) == _everything(iri, new.graph):
        return None  # as of most terms; the rest takes far longer
    were, are = _statements(iri, old.graph), _statements(iri, new.graph)
    texts = list(_texts(iri, old.graph, new.graph))
    lost, gained = sorted(were - are), sorted(are - were)
    before = {axiom.formal: axiom for axiom in old.writer.alone(iri)}
    after = {axiom.formal: axiom for axiom in new.writer.alone(iri)}
    axioms_lost = [axiom for formal, axiom in before.items() if formal not in after]
    axioms_gained = [axiom for formal, axiom in after.items() if formal not in before]
    if not any((texts, lost, gained, axioms_lost, axioms_gained)):
        return None
    return TermChange(iri, texts, axioms_lost, axioms_gained, lost, gained)


def _everything(iri: str, graph: Graph) -> tuple[set[str], set[Node]]:
    """All that is said of a term, and what names it in an axiom that is about both."""
    this = URIRef(iri)
    both = (OWL.inverseOf, OWL.disjointWith)
    return statements_about(graph, this), {s for p in both for s in graph.subjects(p, this)}


def _texts(iri: str, old: Graph, new: Graph) -> Iterator[TextChange]:
    for prop in _TEXTS:
        for language in LANGUAGES:
            were, are = (_said(graph, iri, prop, language) for graph in (old, new))
            before = [text for text in were if text not in are]
            after = [text for text in are if text not in were]
            if before or after:
                yield TextChange(compact(str(prop)), language, before, after)


def _said(graph: Graph, iri: str, prop: URIRef, language: Language) -> list[str]:
    return sorted(
        str(value)
        for value in graph.objects(URIRef(iri), prop)
        if isinstance(value, Literal) and value.language == language
    )


def _statements(iri: str, graph: Graph) -> set[str]:
    """What is said of a term and is neither text nor axiom."""
    return {
        f"{compact(str(prop))} {text_of_node(graph, value)}"
        for prop, value in graph.predicate_objects(URIRef(iri))
        if prop not in _AXIOMS
        and prop not in _TEXTS
        and prop != OWL.deprecated  # an event of its own
        and value not in _CHARACTERISTICS
    }
