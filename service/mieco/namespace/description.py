"""A version of the ontology as its page shows it: module by module, term by term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import OWL, RDF, RDFS, Graph
from rdflib import Literal as RdflibLiteral
from rdflib.collection import Collection

from mieco.ask.own_vocabulary import OwnTerm, as_term
from mieco.errors import Text
from mieco.namespace.triples import triples_of
from mieco.namespace.versions import ONTOLOGY, Version
from mieco.rdflib_graphs import graph_of, to_rdflib
from mieco.reason.manchester import text_of_node
from mieco.stores import Term
from mieco.terms import BASE, MIECO, PREFIXES, RDF_TYPE, RDFS_LABEL

_SKOS, _DC = PREFIXES["skos"], PREFIXES["dcterms"]
# The properties whose values may be expressions, in the order to show them in.
_FORMAL = tuple(
    PREFIXES["owl"] + name for name in ("equivalentClass", "propertyChainAxiom", "disjointWith")
)
# A short name of ours within an expression.
OF_OURS = re.compile(r"(mieco:[A-Za-z][\w-]*)")

Said = Mapping[str, Sequence[Term]]


@dataclass(frozen=True, slots=True)
class Axiom:
    """What a term is formally said to be: the property, and a Manchester-like expression.

    ``pieces`` are its parts, of which every second is a short name of ours.
    """

    property: str
    pieces: Sequence[str]


@dataclass(frozen=True, slots=True)
class Described:
    """A class or property, those just below it, its axioms, and what it meets elsewhere.

    ``matches`` are the property and the foreign IRI of each mapping.
    """

    term: OwnTerm
    below: Sequence[str]
    axioms: Sequence[Axiom]
    matches: Sequence[tuple[str, str]]

    @property
    def anchor(self) -> str:
        """Its local name, which the fragment of its IRI is."""
        return self.term.iri.removeprefix(MIECO)


@dataclass(frozen=True, slots=True)
class Section:
    """A module: its terms, its concept schemes with how many concepts each has, and more.

    ``foreign`` are terms of others that it repeats; ``mappings`` are (term, property, foreign).
    """

    name: str
    title: Text
    about: Text
    terms: Sequence[Described]
    schemes: Mapping[str, int]
    foreign: Sequence[str]
    mappings: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Disjoint:
    """Classes no two of which have a member in common, and why."""

    classes: Sequence[str]
    why: Text


@dataclass(frozen=True, slots=True)
class Description:
    """A version: what its header says, its modules, and the labels of all they name."""

    number: str
    title: Text
    about: Text
    modified: str
    founded_on: Text
    sections: Sequence[Section]
    disjoint: Sequence[Disjoint]
    labels: Mapping[str, Text]


def describe(version: Version) -> Description:
    """The description of a version.  Raises BadInput."""
    triples = {name: triples_of(file) for name, file in version.modules.items()}
    modules = {name: _by_subject(said) for name, said in triples.items()}
    everything = dict.fromkeys(chain(triples_of(version.root), *triples.values()))
    whole, graph = _by_subject(everything), _expressions(everything)
    terms = {
        iri: (name, term)
        for name in version.parts
        for iri, said in modules[name].items()
        if iri.startswith(MIECO) and (term := as_term(iri, said))
    }
    below: dict[str, list[str]] = {}
    for iri, (_, term) in terms.items():
        for parent in term.parents:
            below.setdefault(parent, []).append(iri)
    mappings = {
        name: list(_mappings(said)) for name, said in modules.items() if name not in version.parts
    }
    matches: dict[str, list[tuple[str, str]]] = {}
    for iri, relation, foreign in (each for found in mappings.values() for each in found):
        matches.setdefault(iri, []).append((relation, foreign))

    def described(iri: str, term: OwnTerm) -> Described:
        axioms = list(_axioms(term, graph))
        return Described(term, sorted(below.get(iri, ())), axioms, matches.get(iri, ()))

    sections = [
        Section(
            name=name,
            title=_text(said[f"{ONTOLOGY}/{name}"], _DC + "title"),
            about=_text(said[f"{ONTOLOGY}/{name}"], _DC + "description"),
            terms=[described(iri, term) for iri, (home, term) in terms.items() if home == name],
            schemes=_schemes(said),
            foreign=[i for i in said if as_term(i, said[i]) and not i.startswith(BASE)],
            mappings=mappings.get(name, ()),
        )
        for name, said in modules.items()
    ]
    return Description(
        number=version.number,
        title=_text(whole[ONTOLOGY], _DC + "title"),
        about=_text(whole[ONTOLOGY], _DC + "description"),
        modified=_first(whole[ONTOLOGY], _DC + "modified"),
        founded_on=_text(whole[ONTOLOGY], _DC + "bibliographicCitation"),
        sections=sections,
        disjoint=list(_disjoint(graph)),
        labels={iri: label for iri, said in whole.items() if (label := _text(said, RDFS_LABEL)).zh},
    )


def _by_subject(triples: Iterable[Triple]) -> dict[str, dict[str, list[Term]]]:
    """IRI → property → values."""
    found: dict[str, dict[str, list[Term]]] = {}
    for subject, predicate, value in triples:
        if isinstance(subject, NamedNode):
            found.setdefault(subject.value, {}).setdefault(predicate.value, []).append(value)
    return found


def _text(said: Said, prop: str) -> Text:
    values = {v.language: v.value for v in said.get(prop, ()) if isinstance(v, Literal)}
    return Text(values.get("zh", ""), values.get("en", ""))


def _first(said: Said, prop: str) -> str:
    return next((v.value for v in said.get(prop, ()) if isinstance(v, Literal)), "")


def _schemes(said: Mapping[str, Said]) -> dict[str, int]:
    """The concept schemes of a module, and how many concepts are in each."""
    kinds = {iri: set(values.get(RDF_TYPE, ())) for iri, values in said.items()}
    scheme, member = NamedNode(_SKOS + "ConceptScheme"), _SKOS + "inScheme"
    return {
        iri: sum(NamedNode(iri) in values.get(member, ()) for values in said.values())
        for iri in said
        if scheme in kinds[iri]
    }


def _mappings(said: Mapping[str, Said]) -> Iterator[tuple[str, str, str]]:
    """What an alignment says of our terms: (term, property, foreign term)."""
    for iri, values in said.items():
        if iri.startswith(MIECO):
            for prop, found in values.items():
                for value in found:
                    if isinstance(value, NamedNode) and not value.value.startswith(BASE):
                        yield iri, prop, value.value


def _axioms(term: OwnTerm, graph: Graph) -> Iterator[Axiom]:
    for prop in _FORMAL:
        for value in term.said.get(prop, ()):
            if not isinstance(value, Literal):
                said = text_of_node(graph, to_rdflib(value))
                outer = said.startswith("(")  # and so ends with its match
                yield Axiom(prop, OF_OURS.split(said[1:-1] if outer else said))


def _disjoint(graph: Graph) -> Iterator[Disjoint]:
    for node in graph.subjects(RDF.type, OWL.AllDisjointClasses):
        said = [o for o in graph.objects(node, RDFS.comment) if isinstance(o, RdflibLiteral)]
        why = {text.language: str(text) for text in said}
        for members in graph.objects(node, OWL.members):
            classes = [str(each) for each in Collection(graph, members)]
            yield Disjoint(classes, Text(why.get("zh", ""), why.get("en", "")))


def _expressions(triples: Iterable[Triple]) -> Graph:
    """What is said of anonymous nodes, for the writer of expressions."""
    return graph_of(triple for triple in triples if isinstance(triple.subject, BlankNode))
