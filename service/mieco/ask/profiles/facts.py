"""Some things and what is said of them, with what each statement rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from mieco.engine.base import text_of
from mieco.errors import Language
from mieco.stores import Row, Term
from mieco.terms import INFERRED_GRAPH, MIECO, RDF_TYPE, XSD

_BOOLEAN = XSD + "boolean"
# Thing → graph → the sources that the records in it name.
Evidence = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of a property of a thing; inferred if nobody asserts it.

    ``sources`` are those of the records that describe the thing in the graphs that assert the
    value: a delivery answers for what it says, not for what another does.
    """

    subject: str
    predicate: str
    value: Term
    inferred: bool
    sources: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The IRI or the lexical form of the value."""
        return text_of(self.value)

    @property
    def is_boolean(self) -> bool:
        """Whether the value is a yes or a no."""
        return isinstance(self.value, Literal) and self.value.datatype.value == _BOOLEAN


@dataclass(slots=True)
class Facts:
    """Facts by thing and property, in the order in which they were read."""

    evidence: Evidence
    _said: dict[str, dict[str, list[Fact]]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row], evidence: Evidence) -> Facts:
        """The facts of rows with ``thing``, ``property``, ``value`` and ``graph``."""
        graphs: dict[tuple[str, str, Term], list[str]] = {}
        for row in rows:
            key = (text_of(row["thing"]), text_of(row["property"]), row["value"])
            graphs.setdefault(key, []).append(text_of(row["graph"]))
        facts = cls(evidence)
        for (subject, name, value), places in graphs.items():
            inferred = all(place == INFERRED_GRAPH for place in places)
            sources = () if inferred else facts.sources(subject, places)
            fact = Fact(subject, name, value, inferred, sources)
            facts._said.setdefault(subject, {}).setdefault(name, []).append(fact)
        return facts

    @property
    def things(self) -> list[str]:
        """Whatever something is said of."""
        return list(self._said)

    def about(self, thing: str) -> Mapping[str, Sequence[Fact]]:
        """All that is said of a thing, by property."""
        return self._said.get(thing, {})

    def values(self, thing: str, *names: str) -> list[Fact]:
        """The values of properties (local names of ours, or IRIs), each value once.

        What is asserted comes before what is inferred.
        """
        said = self.about(thing)
        found: dict[Term, Fact] = {}
        for name in names:
            for fact in said.get(iri_of(name), ()):
                if fact.value not in found or found[fact.value].inferred:
                    found[fact.value] = fact
        return sorted(found.values(), key=lambda fact: fact.inferred)

    def asserted(self, thing: str, *names: str) -> list[Fact]:
        """The same without what is inferred."""
        return [fact for fact in self.values(thing, *names) if not fact.inferred]

    def one(self, thing: str, *names: str) -> Fact | None:
        """The first of these values."""
        return next(iter(self.values(thing, *names)), None)

    def said_in(self, language: Language, thing: str, *names: str) -> Fact | None:
        """The value in the reader's language, else the first there is."""
        found = self.values(thing, *names)
        spoken = (f for f in found if isinstance(f.value, Literal) and f.value.language == language)
        return next(spoken, next(iter(found), None))

    def iris(self, thing: str, *names: str) -> list[str]:
        """Those of the values that are things."""
        return [f.text for f in self.values(thing, *names) if isinstance(f.value, NamedNode)]

    def classes(self, thing: str) -> set[str]:
        """Every class of a thing."""
        return {fact.text for fact in self.about(thing).get(RDF_TYPE, ())}

    def is_a(self, thing: str, *names: str) -> bool:
        """Whether a thing is of one of our classes, given by local names."""
        return not self.classes(thing).isdisjoint(MIECO + name for name in names)

    def kind(self, thing: str) -> str:
        """The class that somebody says a thing has; of several the first; or empty."""
        said = self.about(thing).get(RDF_TYPE, ())
        own = (f.text for f in said if f.text.startswith(MIECO) and not f.inferred)
        return next(own, "")

    def of_class(self, *names: str) -> Iterator[str]:
        """The things of one of our classes, given by local names."""
        return (thing for thing in self._said if self.is_a(thing, *names))

    def sources(self, thing: str, graphs: Iterable[str] | None = None) -> Sequence[str]:
        """The sources of the records of a thing, in these graphs or in all.

        What one delivery says of a thing that only another has records of has none of its own.
        """
        told = self.evidence.get(thing, {})
        chosen = told if graphs is None else graphs
        return tuple(dict.fromkeys(s for graph in chosen for s in told.get(graph, ())))


def iri_of(name: str) -> str:
    """The IRI of a property: one of ours by its local name."""
    return name if ":" in name else MIECO + name


def in_groups(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Facts in their order, neighbours of the same property and sources together."""
    groups: list[list[Fact]] = []
    for fact in facts:
        before = groups[-1][0] if groups else None
        alike = before and (before.predicate, before.sources) == (fact.predicate, fact.sources)
        if alike and not fact.inferred:
            groups[-1].append(fact)
        else:
            groups.append([fact])
    return groups
