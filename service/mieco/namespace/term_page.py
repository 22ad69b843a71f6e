"""One term and all that its page shows of it, but for what is asked of the data anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from mieco.ask.own_vocabulary import OwnTerm
from mieco.errors import Language
from mieco.namespace.axiom_words import Axiom
from mieco.namespace.description import Described, Section
from mieco.namespace.hierarchy import Hierarchy
from mieco.namespace.shapes import Shape
from mieco.namespace.usage import Count, Use
from mieco.namespace.version_changes import Happening
from mieco.namespace.vocabulary import Vocabulary
from mieco.present.language import LANGUAGES
from mieco.present.names import compact

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class PropertyOf:
    """A property that things of a class have: its values, and the class above that it is of.

    ``asked`` is whether a shape asks for it, while its domain is open.
    """

    iri: str
    values: Sequence[str]
    through: str
    count: Count | None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class TermPage:
    """A term: its module, its place, its axioms, what binds it, what has become of it.

    ``above`` and ``below`` say of each term whether its place is inferred.  Of a class,
    ``properties`` are those that its things have, and ``pointing`` those whose values they are.
    """

    entry: Described
    section: Section
    above: Mapping[str, bool]
    below: Mapping[str, bool]
    inverse: Sequence[str]
    axioms: Sequence[Axiom]
    properties: Sequence[PropertyOf]
    pointing: Sequence[PropertyOf]
    shapes: Sequence[Shape]
    requirements: Sequence[Shape]
    count: Count | None
    history: Sequence[Happening]

    @property
    def term(self) -> OwnTerm:
        return self.entry.term


def read_term(
    vocabulary: Vocabulary, use: Use, entry: Described, history: Sequence[Happening]
) -> TermPage:
    """All of a term, by the version and by the release that are looked at."""
    term = entry.term
    hierarchy = vocabulary.hierarchy(term.kind, use.above)
    ancestors = hierarchy.ancestors(term.iri) if term.kind == "class" else set[str]()
    shapes = use.shapes.of(term.iri, ancestors)
    foreign = {p: False for p in term.parents if p not in vocabulary.entries}
    return TermPage(
        entry=entry,
        section=vocabulary.homes[term.iri],
        above=hierarchy.above(term.iri) | foreign,
        below=hierarchy.below(term.iri),
        inverse=list(_inverse(vocabulary, term)),
        axioms=vocabulary.axioms(term.iri),
        properties=list(_properties(vocabulary, use, term, hierarchy)),
        pointing=list(_pointing(vocabulary, use, term)),
        shapes=[shape for shape in shapes if not shape.requirement],
        requirements=[shape for shape in shapes if shape.requirement],
        count=use.counts.get(term.iri),
        history=history,
    )


def term_as_json(
    page: TermPage, vocabulary: Vocabulary, questions: Sequence[str]
) -> dict[str, Any]:
    """A term for programs."""
    term, labels = page.term, vocabulary.labels
    return {
        "iri": term.iri,
        "name": term.name,
        "kind": term.kind,
        "module": page.section.name,
        "version": vocabulary.version.number,
        "deprecated": term.deprecated,
        "replaced_by": term.replacements,
        "label": _in_each(term.label),
        "other_names": _in_each(term.other_names),
        "definition": _in_each(term.definition),
        "notes": _in_each(term.notes),
        "examples": _in_each(term.examples),
        "sources": term.sources,
        "above": _places(page.above),
        "below": _places(page.below),
        "domain": term.domain,
        "range": term.range,
        "inverse": page.inverse,
        "axioms": [
            {
                "manchester": axiom.formal,
                "zh": axiom.words.text("zh", labels),
                "en": axiom.words.text("en", labels),
            }
            for axiom in page.axioms
        ],
        "shapes": [shape.iri for shape in (*page.shapes, *page.requirements)],
        "matches": [
            {"relation": compact(relation), "term": foreign}
            for relation, foreign in page.entry.matches
        ],
        "questions": list(questions),
        "history": [{"version": each.version, "event": each.event} for each in page.history],
        "count": count_as_json(page.count),
    }


def count_as_json(count: Count | None) -> dict[str, int] | None:
    """A count for programs; ``None`` where a release records nothing."""
    return {"asserted": count.asserted, "both": count.both} if count else None


def _places(places: Mapping[str, bool]) -> list[dict[str, Any]]:
    return [{"iri": iri, "inferred": inferred} for iri, inferred in places.items()]


def _in_each(say: Callable[[Language], Said]) -> dict[str, Said]:
    return {language: say(language) for language in LANGUAGES}


def _inverse(vocabulary: Vocabulary, term: OwnTerm) -> dict[str, None]:
    """The inverse properties, whichever of the two says so."""
    others = (i for i, e in vocabulary.entries.items() if term.iri in e.term.inverse)
    return dict.fromkeys((*term.inverse, *others))


def properties_of(vocabulary: Vocabulary, use: Use, class_: str) -> Iterator[PropertyOf]:
    """The properties whose domain is this very class, and those that its shapes ask for."""
    for iri, entry in vocabulary.entries.items():
        if class_ in entry.term.domain and not entry.term.deprecated:
            yield PropertyOf(iri, entry.term.range, class_, use.counts.get(iri))
    for iri in use.shapes.asked_of(class_):
        asked = vocabulary.entries.get(iri)
        if asked and class_ not in asked.term.domain:
            yield PropertyOf(iri, asked.term.range, class_, use.counts.get(iri), asked=True)


def _properties(
    vocabulary: Vocabulary, use: Use, term: OwnTerm, hierarchy: Hierarchy
) -> Iterator[PropertyOf]:
    """The properties of a class, its own first, then those of the classes above it."""
    if term.kind != "class":
        return
    met: set[str] = set()
    for class_ in (term.iri, *sorted(hierarchy.ancestors(term.iri))):
        for each in properties_of(vocabulary, use, class_):
            if each.iri not in met:
                met.add(each.iri)
                yield each


def _pointing(vocabulary: Vocabulary, use: Use, term: OwnTerm) -> Iterator[PropertyOf]:
    for iri, entry in vocabulary.entries.items():
        if term.iri in entry.term.range and not entry.term.deprecated:
            yield PropertyOf(iri, entry.term.domain, term.iri, use.counts.get(iri))
