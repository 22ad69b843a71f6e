"""The things of a class as a list: by name, those alone whose name has some text, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.page_queries import page_query
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, Entailment, Query, rows_in, text_of
from mieco.errors import Language
from mieco.namespace.hierarchy import Hierarchy
from mieco.present.names import compact
from mieco.releases import Release
from mieco.search.forms import dense_of
from mieco.search.lookup import Names
from mieco.search.pinyin import reading_order

PAGE: Final = 100
# So many things of a class are listed (instances-of.rq); a list is kept whole, to be sorted.
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A thing of a class; ``inferred`` if nobody says outright that it is of the class."""

    iri: str
    name: str
    inferred: bool


@dataclass(frozen=True, slots=True)
class Particulars:
    """What tells a thing of a class from others: the nearest classes below, and its place or ""."""

    kinds: Sequence[str]
    place: str


@dataclass(frozen=True, slots=True)
class ClassList:
    """Some things of a class; ``total`` counts all, and ``found`` those with the text.

    ``after`` is the last IRI, which leads to the next ones; empty at the end.
    """

    things: Sequence[Listed]
    total: int
    found: int
    after: str


class ClassLists:
    """The things of classes by name, each class listed once of a release.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[dict[tuple[str, Entailment, Language], Sequence[Listed]]] = (
            ByRelease()
        )

    def of(
        self,
        engine: Engine,
        release: Release,
        class_: str,
        entailment: Entailment,
        language: Language,
        *,
        seconds: float,
    ) -> Sequence[Listed]:
        """The things of a class, in Chinese by how their names are read; at most MOST.

        Raises what the engine raises.
        """
        kept = self._kept.of(release, dict, seconds=seconds)
        asked = (class_, entailment, language)
        if asked not in kept:
            kept[asked] = _read(engine, class_, entailment, language, seconds)
        return kept[asked]


def page_of(listed: Sequence[Listed], text: str, after: str) -> ClassList:
    """Those whose name has the text, from the one after an IRI on."""
    wanted = dense_of(text)
    found = [each for each in listed if wanted in dense_of(each.name)] if wanted else listed
    start = next((place for place, each in enumerate(found, 1) if each.iri == after), 0)
    page = found[start : start + PAGE]
    more = len(found) > start + PAGE
    return ClassList(page, len(listed), len(found), page[-1].iri if more else "")


def particulars(
    page: ClassList, names: Names, class_: str, classes: Hierarchy
) -> dict[str, Particulars]:
    """Those of the things of a page, by IRI; what has no name has none."""
    known = names.by_iris(each.iri for each in page.things)
    return {
        iri: Particulars(_nearest(thing.classes, class_, classes), thing.place)
        for iri, thing in known.items()
    }


def _nearest(all_of: Sequence[str], class_: str, classes: Hierarchy) -> list[str]:
    above = {each: classes.ancestors(each) for each in all_of}
    below = [each for each in all_of if class_ in above[each]]
    return [each for each in below if not any(each in above[other] for other in below)]


def _read(
    engine: Engine, class_: str, entailment: Entailment, language: Language, seconds: float
) -> list[Listed]:
    engine = EngineWithDeadline(engine, seconds)
    iris = _instances(engine, class_, entailment, seconds)
    written = iris if entailment == "asserted" else _instances(engine, class_, "asserted", seconds)
    labels = engine.labels(sorted(iris), language, seconds=seconds)
    listed = [
        Listed(iri, labels[iri][0] if iri in labels else compact(iri), iri not in written)
        for iri in iris
    ]
    return sorted(listed, key=lambda each: (reading_order(each.name), each.iri))


def _instances(engine: Engine, class_: str, entailment: Entailment, seconds: float) -> set[str]:
    query = Query(page_query("instances-of"), {"class": NamedNode(class_)}, entailment=entailment)
    return {text_of(row["thing"]) for row in rows_in(engine.query(query, seconds=seconds))}
