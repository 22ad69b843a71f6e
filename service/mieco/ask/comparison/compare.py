"""Consortia or places compared: read, and told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import NamedNode

from mieco.ask.comparison.entries import Teller
from mieco.ask.comparison.reading import (
    Belonging,
    Statements,
    read_around_consortia,
    read_around_places,
    read_evidence,
    read_statements,
)
from mieco.ask.comparison.sections import (
    Material,
    by_actor_kind,
    by_class,
    consortia_within,
    consortium_basics,
    indicators,
    others,
    place_basics,
)
from mieco.ask.comparison.subjects import Comparable
from mieco.ask.comparison.tables import Comparison, Section
from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import Language
from mieco.terms import MIECO

Around = Mapping[str, Sequence[Belonging]]


def compare(
    engine: Engine,
    kind: Comparable,
    subjects: Sequence[str],
    language: Language,
    *,
    seconds: float,
) -> Comparison:
    """Things of one kind side by side, in the order in which they are given.

    Raises what the engine raises.
    """
    around = (
        read_around_consortia(engine, subjects, seconds=seconds)
        if kind == "consortium"
        else read_belonging_to_places(engine, subjects, seconds=seconds)
    )
    statements = dict(read_statements(engine, [*subjects, *_told(around)], seconds=seconds))
    recognised = _objects(statements, "hasRecognition")
    statements |= read_statements(engine, recognised, seconds=seconds)
    where = {*subjects, *_objects(statements, "locatedIn", subjects)}
    policies = _policies(engine, _objects(statements, "observes"), where, seconds)
    targets = [target for each in policies.values() for target in each]
    statements |= read_statements(engine, targets, seconds=seconds)
    things = {each.iri for belonging in around.values() for each in belonging}
    facts = {*subjects, *things, *recognised, *targets}
    evidence = read_evidence(engine, facts, seconds=seconds)
    classes = {name for each in around.values() for one in each for name in one.own}
    graded = {iri for cited in evidence.values() for each in cited.items() for iri in each}
    iris = facts | classes | graded | _iris_in(statements)
    labels = engine.labels(sorted(iris - {""}), language, seconds=seconds)
    teller = Teller(statements, evidence, labels, language)
    material = Material(subjects, around, teller, policies, _memberships(teller, around))
    sections = _of_consortia(material) if kind == "consortium" else _of_places(material)
    numbers = _numbered(sections, evidence)
    return Comparison(
        kind,
        subjects,
        sections,
        sources={fact: list(cited) for fact, cited in evidence.items()},
        numbers=numbers,
        grades={source: grade for cited in evidence.values() for source, grade in cited.items()},
        addresses=_addresses(engine, numbers, seconds),
        labels=labels,
    )


def _addresses(engine: Engine, sources: Iterable[str], seconds: float) -> dict[str, str]:
    """Where sources were found on the web."""
    told = read_statements(engine, sources, seconds=seconds)
    return {
        source: text_of(said.term)
        for source, values in told.items()
        for said in values.get(f"{MIECO}address", ())
    }


def _of_consortia(material: Material) -> list[Section]:
    return [
        consortium_basics(material),
        by_actor_kind(material, "members", "member"),
        by_class(material, "governance", "governance"),
        by_class(material, "spaces", "space"),
        by_class(material, "activities", "activity"),
        others(material),
        indicators(material),
    ]


def _of_places(material: Material) -> list[Section]:
    return [
        place_basics(material),
        consortia_within(material),
        by_actor_kind(material, "organisations", "organisation"),
        by_actor_kind(material, "members", "member"),
        by_class(material, "spaces", "space"),
        by_class(material, "activities", "activity"),
        others(material),
        indicators(material),
    ]


def read_belonging_to_places(engine: Engine, places: Sequence[str], *, seconds: float) -> Around:
    """What lies in places or is about them, and what belongs to the consortia in them.

    What is observed of a consortium is not so of the place.
    """
    around = read_around_places(engine, places, seconds=seconds)
    consortia = {e.iri for each in around.values() for e in each if e.part == "consortium"}
    of_consortia = read_around_consortia(engine, consortia, seconds=seconds)
    found: dict[str, list[Belonging]] = {}
    for place, belonging in around.items():
        things = {(each.iri, each.part): each for each in belonging}
        for consortium in [each.iri for each in belonging if each.part == "consortium"]:
            for each in of_consortia.get(consortium, ()):
                if each.part not in ("observation", "target"):
                    things.setdefault((each.iri, each.part), each)
        found[place] = list(things.values())
    return found


def _told(around: Around) -> list[str]:
    """The things of which more than the name is told."""
    told = ("observation", "target", "consortium", "membership")
    return [each.iri for belonging in around.values() for each in belonging if each.part in told]


def _memberships(teller: Teller, around: Around) -> dict[str, str]:
    """Party → the statement that it is a member, or the consortium that it leads or hosts."""
    statements = {
        each.iri for belonging in around.values() for each in belonging if each.part == "membership"
    }
    found = {teller.first(iri, "party"): iri for iri in sorted(statements)}
    for consortium in teller.statements:
        for name in ("ledBy", "basedOnPark"):
            for said in teller.values(consortium, name):
                found.setdefault(text_of(said.term), consortium)
    return found


def _policies(
    engine: Engine, indicators: Iterable[str], places: set[str], seconds: float
) -> dict[str, list[str]]:
    """Indicator → the targets that are set for it in one of the places."""
    asked = Query(
        page_query("targets"), values={"indicator": [NamedNode(i) for i in sorted(indicators)]}
    )
    found: dict[str, list[str]] = {}
    for row in rows_in(engine.query(asked, seconds=seconds)):
        if text_of(row["place"]) in places:
            targets = found.setdefault(text_of(row["indicator"]), [])
            if text_of(row["target"]) not in targets:
                targets.append(text_of(row["target"]))
    return found


def _objects(statements: Statements, name: str, subjects: Iterable[str] | None = None) -> list[str]:
    """The things that a property leads to, of these subjects or of all."""
    wanted = statements if subjects is None else subjects
    return sorted(
        {
            said.term.value
            for subject in wanted
            for said in statements.get(subject, {}).get(MIECO + name, ())
            if isinstance(said.term, NamedNode)
        }
    )


def _iris_in(statements: Statements) -> set[str]:
    return {
        said.term.value
        for values in statements.values()
        for every in values.values()
        for said in every
        if isinstance(said.term, NamedNode)
    }


def _numbered(
    sections: Sequence[Section], evidence: Mapping[str, Mapping[str, str]]
) -> dict[str, int]:
    """The number of each source, in the order in which the rows cite them."""
    rows = [row for section in sections for row in section.rows]
    entries = [
        entry
        for row in rows
        for told in (*(cell.entries for cell in row.cells), row.beside)
        for entry in told
    ]
    cited = [source for entry in entries for source in sorted(evidence.get(entry.fact, ()))]
    return {source: number for number, source in enumerate(dict.fromkeys(cited), 1)}
