"""The profile of a source: what it is, and everything that rests on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.profiles.facts import Fact
from mieco.ask.profiles.reading import Asked, Labels
from mieco.ask.support import Source
from mieco.engine.base import text_of
from mieco.terms import MIECO, PREFIXES


@dataclass(frozen=True, slots=True)
class Resting:
    """A thing of which a record names the source, its class, and the other sources of it."""

    thing: str
    kind: str
    record: str
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """All that is told of a source; ``labels`` are those of all IRIs in it.

    ``resting`` is what rests on it, by the consortium that it is about; what is about none
    stands under an empty text.  ``linked`` unless its address is recorded, but not as its page
    (``queries/rules/source-page.rq``).  ``sources`` is empty: it is itself one.
    """

    iri: str
    grade: Fact | None
    basis: Fact | None
    addresses: Sequence[Fact]
    linked: bool
    publishers: Sequence[Fact]
    notes: Sequence[Fact]
    resting: Mapping[str, Sequence[Resting]]
    kinds: Mapping[str, int]
    alone: int
    sources: Sequence[Source]
    labels: Labels

    @property
    def count(self) -> int:
        """How many things rest on it."""
        return sum(len(group) for group in self.resting.values())


def read_source(asked: Asked, iri: str) -> SourceProfile:
    """The profile of a source.  Raises what the engine raises."""
    facts = asked.related(
        [iri],
        *("hasGrade", "hasGradeBasis", "address", PREFIXES["foaf"] + "page"),
        *(PREFIXES["dcterms"] + "publisher", PREFIXES["skos"] + "note"),
    )
    found: dict[str, dict[str, Resting]] = {}
    others: dict[str, dict[str, None]] = {}
    for row in asked.rows("resting-on", this=iri):
        thing = text_of(row["thing"])
        about = text_of(row["consortium"]) if "consortium" in row else ""
        kind = text_of(row["class"]) if "class" in row else ""
        if "other" in row:
            others.setdefault(thing, {})[text_of(row["other"])] = None
        if thing not in found.setdefault(about, {}) or kind.startswith(MIECO):
            found[about][thing] = Resting(thing, kind, text_of(row["record"]), ())
    resting = {
        about: [
            Resting(each.thing, each.kind, each.record, tuple(others.get(each.thing, ())))
            for each in group.values()
        ]
        for about, group in sorted(found.items(), key=lambda each: (not each[0], -len(each[1])))
    }
    every = {each.thing: each for group in resting.values() for each in group}.values()
    kinds: dict[str, int] = {}
    for each in every:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    pages = facts.values(iri, PREFIXES["foaf"] + "page")
    return SourceProfile(
        iri=iri,
        grade=facts.one(iri, "hasGrade"),
        basis=facts.one(iri, "hasGradeBasis"),
        addresses=pages or facts.values(iri, "address"),
        linked=bool(pages),
        publishers=facts.values(iri, PREFIXES["dcterms"] + "publisher"),
        notes=facts.values(iri, PREFIXES["skos"] + "note"),
        resting=resting,
        kinds=dict(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))),
        alone=sum(not each.others for each in every),
        sources=(),
        labels=asked.labels(
            resting,
            kinds,
            (each.thing for each in every),
            (other for each in every for other in each.others),
            (
                fact.text
                for name in ("hasGrade", "hasGradeBasis")
                for fact in facts.values(iri, name)
            ),
            [iri],
        ),
    )
