"""A version of the ontology as its terms are looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process
from rdflib import RDF, SKOS, URIRef

from mieco.ask.own_vocabulary import Kind, OwnTerm
from mieco.errors import Language, NotFound, Text
from mieco.namespace.axiom_words import Axiom, AxiomWriter
from mieco.namespace.description import Described, Description, Section, describe
from mieco.namespace.hierarchy import Above, Hierarchy
from mieco.namespace.triples import triples_of
from mieco.namespace.versions import Version
from mieco.present.language import LANGUAGES
from mieco.rdflib_graphs import graph_of
from mieco.terms import MIECO

KINDS: Sequence[Kind] = ("class", "object property", "datatype property", "annotation property")
_NEAREST = 5
_ALIKE = 50


@dataclass(frozen=True, slots=True)
class Scheme:
    """A concept scheme: its IRI, and its concepts as trees."""

    iri: str
    concepts: Hierarchy
    size: int


class Vocabulary:
    """The terms of a version: found by name, in their order, in their own words."""

    def __init__(self, version: Version) -> None:
        """Raises BadInput."""
        self.version = version
        self.description: Description = describe(version)
        self.graph = graph_of(triples_of(version.root, *version.parts.values()))
        self.homes: Mapping[str, Section] = {
            entry.term.iri: section
            for section in self.description.sections
            for entry in section.terms
        }
        entries = (e for section in self.description.sections for e in section.terms)
        self.entries: Mapping[str, Described] = {
            e.term.iri: e for e in sorted(entries, key=lambda e: e.anchor.casefold())
        }
        self.writer = AxiomWriter(self.graph, self.labels)
        self._names = {spoken: dict(_names_in(spoken, self.labels)) for spoken in LANGUAGES}

    @property
    def labels(self) -> Mapping[str, Text]:
        """What every IRI that the version names is called."""
        return self.description.labels

    def names(self, language: Language) -> Mapping[str, tuple[str, str]]:
        """The same for pages in a language: IRI → (name, its language)."""
        return self._names[language]

    def of_kind(self, kind: Kind) -> list[str]:
        """The IRIs of the classes, or of the properties of a kind."""
        return [iri for iri, entry in self.entries.items() if entry.term.kind == kind]

    def hierarchy(self, kind: Kind, inferred: Above) -> Hierarchy:
        """What stands above what among the terms of a kind."""
        iris = self.of_kind(kind)
        return Hierarchy(iris, {iri: self.entries[iri].term.parents for iri in iris}, inferred)

    def axioms(self, iri: str) -> list[Axiom]:
        """What the version says about a term formally."""
        return self.writer.about(iri)

    @cached_property
    def schemes(self) -> Sequence[Scheme]:
        """Its concept schemes, in the order of their IRIs."""
        found = []
        for scheme in sorted(map(str, self.graph.subjects(RDF.type, SKOS.ConceptScheme))):
            concepts = sorted(str(c) for c in self.graph.subjects(SKOS.inScheme, URIRef(scheme)))
            above = {
                c: [str(b) for b in self.graph.objects(URIRef(c), SKOS.broader)] for c in concepts
            }
            found.append(Scheme(scheme, Hierarchy(concepts, above, {}), len(concepts)))
        return found

    def find(self, name: str) -> Described:
        """The term of a local name, whatever its case, or the one that is called so.

        Raises NotFound, which offers the nearest names.
        """
        local = name.removeprefix(MIECO).removeprefix("mieco:")
        if entry := self.entries.get(MIECO + local):
            return entry
        wanted = local.strip().casefold()
        alike = [e for e in self.entries.values() if wanted in _names(e.term)]
        if len(alike) == 1:
            return alike[0]
        near = alike or self.near(name)
        zh = "、".join(f"{e.term.label('zh')}（{e.anchor}）" for e in near)
        en = ", ".join(f"{e.term.label('en')} ({e.anchor})" for e in near)
        raise NotFound(
            what=Text("本体术语", "term of the ontology"),
            name=name,
            near=Text(
                f"相近的有：{zh}。" if near else "全部术语见 /terms/。",
                f"Near it are: {en}." if near else "All terms are at /terms/.",
            ),
        )

    def near(self, name: str) -> list[Described]:
        """The terms that have a name much like this one, the likest first."""
        bearers = {n: e for e in self.entries.values() for n in _names(e.term)}
        found = process.extract(
            name.casefold(), list(bearers), scorer=fuzz.WRatio, limit=_NEAREST, score_cutoff=_ALIKE
        )
        return list({bearers[n].term.iri: bearers[n] for n, _, _ in found}.values())


def _names_in(
    language: Language, labels: Mapping[str, Text]
) -> Iterator[tuple[str, tuple[str, str]]]:
    for iri, label in labels.items():
        spoken = [one for one in (language, *LANGUAGES) if label.in_(one)]
        if spoken:
            yield iri, (label.in_(spoken[0]), spoken[0])


def _names(term: OwnTerm) -> set[str]:
    return {name.casefold() for name in term.names()}
