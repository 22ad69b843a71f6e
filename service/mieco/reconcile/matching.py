"""Which things a query may mean, the likeliest first, and whether one is meant for certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from mieco.reconcile.evidence import Facts, credit_codes, meets, texts_of
from mieco.reconcile.gathering import Gathering
from mieco.reconcile.likeness import STRONG, Likeness, compare
from mieco.reconcile.places import Where, agree, where_of
from mieco.reconcile.queries import Condition, Entity, Query
from mieco.reconcile.reading import Reading, clean, read, read_known
from mieco.search.entries import Name
from mieco.search.kinds import Kind
from mieco.search.lookup import Names, Thing
from mieco.terms import BASE, MIECO

LOCATED_IN: Final = MIECO + "locatedIn"
CREDIT_CODE: Final = MIECO + "creditCode"


class LookUp(Protocol):
    """Asks the data of a release; things, properties and values are given by IRI."""

    def facts(self, things: set[str], properties: set[str]) -> Facts:
        """The values of properties of things."""

    def bearers(self, property_: str, value: str) -> Sequence[str]:
        """Things that have a thing as value of a property."""


class NoLookUp:
    """For queries that ask for places and credit codes at most."""

    def facts(self, things: set[str], properties: set[str]) -> Facts:  # noqa: ARG002
        return {}

    def bearers(self, property_: str, value: str) -> Sequence[str]:  # noqa: ARG002
        return ()


# What a query of no type does not mean.
_NOT_MEANT: Final[frozenset[Kind]] = frozenset({"term", "question", "source"})
# And what it means rarely, of our own things: roles, statements, values.
_RARELY_MEANT: Final[frozenset[Kind]] = frozenset({"concept", "other"})
_RARELY_LESS = 12.0
_LEAST_SCORE = 30.0
_MOST_JUDGED, _MOST_PLACED = 15, 60
# So many places, and other names in brackets, are tried with a name: each costs as much as it.
_MOST_TRIED = 3
# A match must be as likely as this, and so much likelier than anything else.
_CERTAIN, _MARGIN = 93.0, 5.0
# A shorter identifier, such as 39, may be anything.
_LEAST_IDENTIFIER = 6
_TRUST_IN_OTHERS = 0.98
# Of which nothing but a value is known.
_BEARER = 60.0
# Of a name to which a place was added: else it may be like that place alone.
_LEAST_TOGETHER = 80.0
# What evidence beside the name adds and takes.
_OTHER_TYPE = 0.7
_MET, _NOT_MET, _APART = 2.0, -20.0, -30.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that may be meant; ``name`` is that of its names which is likest.

    ``features`` say what speaks for and against it: numbers from 0 to 100, and whether
    something holds.
    """

    thing: Thing
    name: Name
    score: float
    match: bool
    features: Mapping[str, float | bool]


@dataclass(frozen=True, slots=True)
class _Found:
    likeness: Likeness
    name: Name


class Matcher:
    """Matches against the names of one release.  Thread-safe."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._gathering = Gathering(names)

    def match(self, queries: Iterable[Query], look_up: LookUp) -> list[list[Candidate]]:
        """The candidates of each query, each answered as if it were the only one.

        ``look_up`` is asked for facts once at most.
        """
        taken: list[Query] = []
        found: list[dict[int, _Found]] = []
        for query in queries:
            taken.append(query)
            found.append(self._found(query, look_up))
        things = self._names.things({number for each in found for number in each})
        named = {
            condition.property
            for query in taken
            for condition in query.conditions
            if condition.property not in (LOCATED_IN, CREDIT_CODE)
        }
        facts = look_up.facts({thing.iri for thing in things.values()}, named) if named else {}
        return [
            self._judged(query, {things[number]: each for number, each in some.items()}, facts)
            for query, some in zip(taken, found, strict=True)
        ]

    def _found(self, query: Query, look_up: LookUp) -> dict[int, _Found]:
        """The likest name of each thing that may be meant, by its number."""
        found: dict[int, _Found] = {}
        # There may be an office of that name in every city: the place chooses among them.
        placed = any(condition.property == LOCATED_IN for condition in query.conditions)
        codes = {
            code
            for condition in query.conditions
            if condition.property == CREDIT_CODE
            for code in credit_codes(condition)
        }
        if name := clean(query.name):
            asked = read(name)
            self._add_alike(found, asked, 1.0, all_alike=placed)
            for other in asked.others[:_MOST_TRIED]:
                self._add_alike(found, read(other), _TRUST_IN_OTHERS)
            # 教育局, of which the place stands in a column of its own.
            if not asked.where.told and not asked.is_latin:
                for place in islice(self._places_of(query), _MOST_TRIED):
                    self._add_alike(found, read(place + asked.text), 1.0, _LEAST_TOGETHER)
        for identifier in {name, *codes} - {""}:
            self._add_identified(found, identifier)
        if not found and not name:
            self._add_bearers(found, query, look_up)
        likest = sorted(found.items(), key=lambda each: (-each[1].likeness.score, each[0]))
        return dict(likest[: _MOST_PLACED if placed else _MOST_JUDGED])

    def _add_bearers(self, found: dict[int, _Found], query: Query, look_up: LookUp) -> None:
        """What a query without a name may mean: things that have the values it gives."""
        for condition in query.conditions:
            for value in condition.values:
                if isinstance(value, Entity) and condition.quantifier != "none":
                    iris = look_up.bearers(condition.property, value.id)
                    for thing in self._names.by_iris(iris).values():
                        name = Name(thing.zh, "zh", "label")
                        found[thing.id] = _Found(Likeness(_BEARER, "alike"), name)

    def _places_of(self, query: Query) -> Iterator[str]:
        for condition in query.conditions:
            if condition.property == LOCATED_IN and condition.quantifier != "none":
                for text in self._place_names(condition):
                    if where_of(text).told:
                        yield text

    def _place_names(self, condition: Condition) -> list[str]:
        """The places of a condition as texts."""
        unnamed = (v.id for v in condition.values if isinstance(v, Entity) and not v.name)
        return [*texts_of(condition.values), *filter(None, map(self._label, unnamed))]

    def _add_identified(self, found: dict[int, _Found], identifier: str) -> None:
        for prefix in ("", BASE):
            if thing := self._names.by_iri(prefix + identifier):
                name = Name(identifier, "", "identifier")
                found[thing.id] = _Found(Likeness(100, "same"), name)
        for named in self._names.named(self._names.by_name(identifier)).values():
            if named.name.kind == "identifier" and named.name.text.upper() == identifier.upper():
                found[named.thing] = _Found(Likeness(100, "same"), named.name)

    def _add_alike(
        self,
        found: dict[int, _Found],
        asked: Reading,
        trust: float,
        least: float = 0.0,
        *,
        all_alike: bool = False,
    ) -> None:
        near = self._gathering.near(asked, all_alike=all_alike)
        readings = [read_known(each.name.text, each.dense) for each in near]
        self._gathering.learn(reading.short for reading in readings)
        for each, known in zip(near, readings, strict=True):
            like = compare(asked, known, self._gathering)
            best = found.get(each.thing)
            if like.score < least:
                continue
            if best is None or like.score * trust > best.likeness.score:
                found[each.thing] = _Found(replace(like, score=like.score * trust), each.name)

    def _judged(self, query: Query, found: Mapping[Thing, _Found], facts: Facts) -> list[Candidate]:
        judged = [
            candidate
            for thing, each in found.items()
            if (candidate := self._judge(query, thing, each, facts)) is not None
        ]
        judged.sort(key=lambda candidate: (-candidate.score, candidate.thing.iri))
        first, rest = judged[:1], judged[1:]
        if first and rest and first[0].score - rest[0].score < _MARGIN:
            first = [replace(first[0], match=False)]
        return [*first, *(replace(each, match=False) for each in rest)][: query.limit]

    def _judge(self, query: Query, thing: Thing, found: _Found, facts: Facts) -> Candidate | None:
        """A candidate, or ``None`` for one that is ruled out.  What is best is decided later."""
        typed = _of_types(query, thing)
        if typed is False and query.strict:
            return None
        if not query.types and thing.kind in _NOT_MEANT:
            return None
        score = found.likeness.score * (_OTHER_TYPE if typed is False else 1)
        if not query.types and thing.kind in _RARELY_MEANT and thing.iri.startswith(BASE):
            score -= _RARELY_LESS
        evidence = {c: self._met(c, thing, facts) for c in query.conditions}
        if any(condition.required and not met for condition, met in evidence.items()):
            return None
        for condition, met in evidence.items():
            score = _weighed(score, condition, met)
        score = round(min(score, 100.0), 1)
        if score < _LEAST_SCORE:
            return None
        certain = score >= _CERTAIN and _is_strong(found) and typed is not False
        features = dict(_features(found, typed, evidence))
        return Candidate(
            thing, found.name, score, certain and False not in evidence.values(), features
        )

    def _met(self, condition: Condition, thing: Thing, facts: Facts) -> bool | None:
        match condition.property:
            case property_ if property_ == LOCATED_IN:
                return self._is_there(condition, thing)
            case property_ if property_ == CREDIT_CODE:
                return self._has_code(condition, thing)
            case property_:
                return meets(condition, facts.get((thing.iri, property_), ()))

    def _is_there(self, condition: Condition, thing: Thing) -> bool | None:
        places = {*thing.places, thing.place, thing.province, thing.iri} - {""}
        asked = [value for value in condition.values if isinstance(value, Entity)]
        if any(value.id in places for value in asked):
            return condition.quantifier != "none"
        known = list(self._wheres(thing, places))
        told = [agree(where_of(text), known) for text in self._place_names(condition)]
        answers = [each for each in told if each is not None]
        if not answers:
            return None
        there = all(answers) if condition.quantifier == "all" else any(answers)
        return there if condition.quantifier != "none" else not there

    def _wheres(self, thing: Thing, places: Iterable[str]) -> Iterator[Where]:
        for named in self._names.names([thing.id]).get(thing.id, ()):
            if named.name.kind != "identifier":
                yield read_known(named.name.text, named.dense).where
        for place in places:
            yield where_of(self._label(place))

    def _label(self, iri: str) -> str:
        thing = self._names.by_iri(iri)
        return thing.zh if thing else ""

    def _has_code(self, condition: Condition, thing: Thing) -> bool | None:
        held = {
            each.name.text.upper()
            for each in self._names.names([thing.id]).get(thing.id, ())
            if each.name.kind == "identifier" and len(each.name.text) == _CODE_LENGTH
        }
        asked = credit_codes(condition)
        if not held or not asked:
            return None
        return bool(held & asked) != (condition.quantifier == "none")


_CODE_LENGTH = 18


def _of_types(query: Query, thing: Thing) -> bool | None:
    """Whether a thing is of one of the types asked for; ``None`` if none is."""
    return None if not query.types else not set(query.types).isdisjoint(thing.classes)


def _weighed(score: float, condition: Condition, met: bool | None) -> float:
    """A score, once a condition is met or not; what is not known changes nothing."""
    if met is None:
        return score
    if condition.property == CREDIT_CODE:
        return 100.0 if met else score + _APART
    if condition.property == LOCATED_IN:
        return score + (_MET if met else _APART)
    return score + (_MET if met else _NOT_MET)


def _features(
    found: _Found, typed: bool | None, evidence: Mapping[Condition, bool | None]
) -> Iterator[tuple[str, float | bool]]:
    yield "name_similarity", round(found.likeness.score, 1)
    yield f"ground_{found.likeness.ground.replace('-', '_')}", True
    if found.name.kind != "label":
        yield f"by_{found.name.kind}", True
    if typed is not None:
        yield "type_agrees", typed
    for condition, met in evidence.items():
        if met is not None:
            yield _feature_of(condition), met


def _feature_of(condition: Condition) -> str:
    match condition.property:
        case property_ if property_ == LOCATED_IN:
            return "place_agrees"
        case property_ if property_ == CREDIT_CODE:
            return "credit_code_agrees"
        case property_:
            return f"property_agrees:{property_}"


def _is_strong(found: _Found) -> bool:
    if found.name.kind == "identifier":
        return len(found.name.text) >= _LEAST_IDENTIFIER
    return found.likeness.ground in STRONG
