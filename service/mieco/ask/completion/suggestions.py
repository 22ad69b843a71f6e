"""What may come next in a query: classes, properties and things, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import NamedNode

from mieco.ask.completion.matching import EXACT, match, match_name, read_typed
from mieco.ask.completion.vocabulary import TermKind, VocabularyTerm, read_vocabulary
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.errors import Language
from mieco.present.names import compact
from mieco.releases import Release
from mieco.search.finding import Finder, Sought
from mieco.search.forms import forms_of
from mieco.search.kinds import KINDS

MOST: Final = 50
# What is used with so many different classes and properties is remembered.
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that a query may name.

    ``kind`` says what it is, in words if it is a thing; ``count`` how many instances or
    statements there are of it, ``used`` how many times it was met where it would stand.
    """

    iri: str
    kind: str
    label: str
    language: str
    definition: str = ""
    count: int | None = None
    used: int = 0
    deprecated: bool = False

    @property
    def name(self) -> str:
        """Its short name."""
        return compact(self.iri)

    def as_json(self) -> dict[str, Any]:
        """The suggestion for programs."""
        return {
            "iri": self.iri,
            "name": self.name,
            "label": self.label,
            "language": self.language,
            "kind": self.kind,
            "definition": self.definition,
            "count": self.count,
            "used": self.used,
            "deprecated": self.deprecated,
        }


class Completer:
    """Suggests for queries of one release.  What it reads of the release it remembers."""

    def __init__(self, terms: Sequence[VocabularyTerm], finder: Finder) -> None:
        self._terms = terms
        self._finder = finder
        self._used: dict[tuple[str, str], Mapping[str, int]] = {}

    def terms(
        self,
        text: str,
        kind: TermKind | None,
        classes: Sequence[str],
        engine: Engine,
        language: Language,
        *,
        most: int,
        seconds: float,
    ) -> list[Suggestion]:
        """Classes and properties, or those of one kind.

        Properties that things of the ``classes`` have come before the others.
        """
        typed = read_typed(text)
        used: dict[str, int] = {}
        for each in classes if kind != "class" else ():
            for iri, times in self._use(engine, "properties-used", "class", each, seconds).items():
                used[iri] = used.get(iri, 0) + times
        found = [
            (score, term)
            for term in self._terms
            if kind in (None, term.kind) and (score := match(term, typed)) is not None
        ]
        found.sort(
            key=lambda each: (
                each[0] != EXACT,
                each[1].deprecated,
                each[1].iri not in used,
                each[0],
                -used.get(each[1].iri, 0),
                -(each[1].count or 0),
                each[1].iri,
            )
        )
        return [_of_term(term, used, language) for _, term in found[:most]]

    def things(
        self,
        text: str,
        prop: str,
        engine: Engine,
        language: Language,
        *,
        most: int,
        seconds: float,
    ) -> list[Suggestion]:
        """Things by name; those first that are values of a property, the most frequent ahead."""
        typed = read_typed(text)
        wanted = typed.iri if typed.namespace else typed.text
        used = self._use(engine, "values-used", "property", prop, seconds) if prop else {}
        found = {s.iri: s for s in self._values(used, wanted, engine, language, seconds)}
        if wanted:
            # Where an IRI is not one of ours, its last part may be a name.
            for sought in dict.fromkeys((wanted, typed.text)):
                hits = self._finder.find(Sought(sought), most=most).hits
                for hit in hits:
                    told = Suggestion(
                        iri=hit.thing.iri,
                        kind=KINDS[hit.thing.kind].in_(language),
                        label=hit.thing.label(language),
                        language="",
                        used=used.get(hit.thing.iri, 0),
                        deprecated=hit.thing.deprecated,
                    )
                    found.setdefault(told.iri, told)
        return list(found.values())[:most]

    def _values(
        self,
        used: Mapping[str, int],
        wanted: str,
        engine: Engine,
        language: Language,
        seconds: float,
    ) -> list[Suggestion]:
        """Values of a property whose name has what was typed."""
        if not used:
            return []
        things = self._finder.names.by_iris(used)
        labels = engine.labels(list(used), language, seconds=seconds)
        found = []
        for iri, times in used.items():
            label, tag = labels.get(iri, (compact(iri), ""))
            if wanted and wanted not in iri and match_name(forms_of(label), wanted) is None:
                continue
            kind = KINDS[things[iri].kind].in_(language) if iri in things else ""
            found.append(Suggestion(iri, kind, label, tag, used=times))
        return found

    def _use(
        self, engine: Engine, query: str, variable: str, iri: str, seconds: float
    ) -> Mapping[str, int]:
        key = (query, iri)
        used = self._used.get(key)
        if used is None:
            used = _read_used(engine, query, {variable: iri}, seconds)
            if len(self._used) >= _REMEMBERED:
                self._used.clear()
            self._used[key] = used
        return used


def _read_used(
    engine: Engine, query: str, about: Mapping[str, str], seconds: float
) -> dict[str, int]:
    """What is used with a class or property in a sample of the data: IRI → how many times."""
    try:
        bound = {variable: NamedNode(iri) for variable, iri in about.items()}
    except ValueError:
        return {}  # a query that is being written names what is no IRI yet
    rows = rows_of(engine, query, bound, seconds=seconds)
    return {text_of(row["used"]): int(text_of(row["times"])) for row in rows}


def _of_term(term: VocabularyTerm, used: Mapping[str, int], language: Language) -> Suggestion:
    spoken = language if language in term.labels else next(iter(term.labels), None)
    return Suggestion(
        iri=term.iri,
        kind=term.kind,
        label=term.labels[spoken] if spoken else term.name,
        language=spoken or "",
        definition=term.definitions.get(language, ""),
        count=term.count,
        used=used.get(term.iri, 0),
        deprecated=term.deprecated,
    )


class Completers:
    """The completers of releases, each made once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Completer] = ByRelease()

    def of(self, engine: Engine, release: Release, finder: Finder, *, seconds: float) -> Completer:
        """The completer of a release.  Raises Overloaded if others wait longer than this."""
        return self._kept.of(
            release,
            lambda: Completer(read_vocabulary(engine, release, seconds=seconds), finder),
            seconds=seconds,
        )
