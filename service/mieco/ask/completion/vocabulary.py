"""The classes and properties that a query of a release can name, ours and others'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal as OneOf

from mieco.ask.own_vocabulary import OwnTerm, read_own_vocabulary
from mieco.describe.keeping import read_statistics
from mieco.describe.statistics import namespace
from mieco.engine.base import Engine
from mieco.errors import Language
from mieco.present.language import LANGUAGES
from mieco.present.names import compact
from mieco.releases import Release
from mieco.search.forms import Forms, forms_of
from mieco.terms import MIECO

TermKind = OneOf["class", "property"]


# What the pages call some terms, where the ontology has no such name for them.
_ON_PAGES: Mapping[str, Sequence[str]] = {
    MIECO + "locatedIn": ("所在地", "所在城市"),
    MIECO + "basedOnPark": ("园区", "所在园区"),
    MIECO + "ledBy": ("牵头单位",),
    MIECO + "foundingDate": ("成立时间", "成立日期"),
    MIECO + "servesIndustry": ("产业", "主导产业"),
    MIECO + "hasRecognition": ("认定级别", "批次"),
    MIECO + "memberOf": ("成员单位",),
    MIECO + "placeLevel": ("地域级别", "行政级别"),
}


@dataclass(frozen=True)
class VocabularyTerm:
    """A class or property.

    ``labels`` and ``definitions`` are by language; ``others`` the names that it has besides.
    ``count`` is the number of instances or of statements, ``None`` where nobody counted.
    """

    iri: str
    kind: TermKind
    labels: Mapping[Language, str]
    definitions: Mapping[Language, str]
    others: Sequence[str]
    count: int | None
    deprecated: bool

    @property
    def name(self) -> str:
        """Its short name, such as ``mieco:Consortium``."""
        return compact(self.iri)

    @cached_property
    def namespace(self) -> str:
        return namespace(self.iri)

    @cached_property
    def forms(self) -> Sequence[Forms]:
        """Whatever it may be looked up by, its own name first."""
        local = self.iri.removeprefix(self.namespace)
        return [forms_of(name) for name in (local, *self.labels.values(), *self.others) if name]


def read_vocabulary(engine: Engine, release: Release, *, seconds: float) -> list[VocabularyTerm]:
    """The terms that the ontology of a release defines, and all others that its data use."""
    own = read_own_vocabulary(engine, seconds=seconds)
    counted = read_statistics(release.folder)
    counts: dict[TermKind, Mapping[str, int]] = {
        "class": counted.classes if counted else {},
        "property": counted.properties if counted else {},
    }
    terms = [
        _own(term, counts[_kind(term)].get(iri, 0) if counted else None)
        for iri, term in own.items()
    ]
    foreign = [
        (iri, kind, count)
        for kind, each in counts.items()
        for iri, count in each.items()
        if iri not in own
    ]
    return [*terms, *_foreign(foreign, engine, seconds)]


def _kind(term: OwnTerm) -> TermKind:
    return "class" if term.kind == "class" else "property"


def _own(term: OwnTerm, count: int | None) -> VocabularyTerm:
    return VocabularyTerm(
        iri=term.iri,
        kind=_kind(term),
        labels={spoken: term.label(spoken) for spoken in LANGUAGES},
        definitions={spoken: term.definition(spoken) for spoken in LANGUAGES},
        others=[
            *(name for spoken in LANGUAGES for name in term.other_names(spoken)),
            *_ON_PAGES.get(term.iri, ()),
        ],
        count=count,
        deprecated=term.deprecated,
    )


def _foreign(
    terms: Sequence[tuple[str, TermKind, int]], engine: Engine, seconds: float
) -> Iterable[VocabularyTerm]:
    """Terms of other vocabularies, by the names that our data happen to give them."""
    iris = [iri for iri, _, _ in terms]
    named = {spoken: engine.labels(iris, spoken, seconds=seconds) for spoken in LANGUAGES}
    for iri, kind, count in terms:
        labels = {
            spoken: found[iri][0]
            for spoken, found in named.items()
            if iri in found and found[iri][1].startswith(spoken)
        }
        yield VocabularyTerm(iri, kind, labels, {}, (), count, deprecated=False)
