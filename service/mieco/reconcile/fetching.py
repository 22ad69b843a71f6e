"""Data extension: which values are asked for, and these as the API writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from mieco.engine.base import Engine
from mieco.errors import BadParameter, Language, Text, TooManyQueries
from mieco.present.names import expand_prefixed
from mieco.reconcile.extension import Values, of_language, read_values
from mieco.reconcile.properties import Properties
from mieco.reconcile.requests import read_json
from mieco.stores import Term
from mieco.terms import XSD

# So many pairs of a thing and a property at once.
_MOST_PAIRS: Final = 2_000
_LONGEST_NUMBER = 9
_SHAPE: Final = '{"ids": ["…"], "properties": [{"id": "…"}]}'
_WHOLE: Final = frozenset(XSD + name for name in ("integer", "int", "long", "nonNegativeInteger"))
_NUMBERS: Final = frozenset(XSD + name for name in ("decimal", "double", "float"))
# As the schema of the API has dates: with a time.
_MOMENT: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
    r"(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?"
)
_DAY: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property to fetch; at most ``limit`` values, all if it is 0.  ``id`` is as it was asked."""

    id: str
    iri: str
    limit: int


@dataclass(frozen=True, slots=True)
class Extension:
    """The things, as they were asked for, and the properties to fetch of each."""

    ids: Sequence[str]
    properties: Sequence[Wanted]


def read_extension(text: str) -> Extension:
    """A data extension query.  Raises BadParameter or TooManyQueries."""
    given = read_json(text, "extend", _SHAPE)
    if not isinstance(given, dict):
        raise _bad(Text("应为对象", "must be an object"))
    ids, properties = given.get("ids"), given.get("properties")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise _bad(Text("ids 应为文字的数组", "'ids' must be an array of strings"))
    if not isinstance(properties, list):
        raise _bad(Text("properties 应为数组", "'properties' must be an array"))
    # Things without properties, and the other way round, are written down too.
    pairs = max(len(ids), 1) * max(len(properties), 1)
    if pairs > _MOST_PAIRS:
        raise TooManyQueries(given=pairs, most=_MOST_PAIRS)
    return Extension(list(dict.fromkeys(ids)), [_wanted(each) for each in properties])


def _wanted(given: Any) -> Wanted:
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise _bad(Text("properties 的每项应有 id", "each of 'properties' must have an 'id'"))
    settings = given.get("settings")
    limit = settings.get("limit", 0) if isinstance(settings, dict) else 0
    # A form may send a number as text.
    told = str(limit).strip() or "0"
    if (
        isinstance(limit, bool)
        or not told.isascii()
        or not told.isdecimal()
        or len(told) > _LONGEST_NUMBER
    ):
        raise _bad(Text("limit 应为 0 或正整数", "'limit' must be 0 or a positive whole number"))
    return Wanted(given["id"], expand_prefixed(given["id"]), int(told))


def _bad(reason: Text) -> BadParameter:
    return BadParameter(name="extend", reason=reason, allowed=_SHAPE)


def fetch(
    engine: Engine,
    asked: Extension,
    properties: Properties,
    language: Language,
    *,
    seconds: float,
    draft: bool = False,
) -> dict[str, Any]:
    """The data extension response; what a thing does not have is an empty list."""
    iris = {each: expand_prefixed(each) for each in asked.ids}
    wanted = [each.iri for each in asked.properties]
    values = read_values(engine, iris.values(), wanted, seconds=seconds)
    things = sorted({t.value for ts in values.values() for t in ts if isinstance(t, NamedNode)})
    labels = engine.labels(things, language, seconds=seconds)
    rows = {
        each: {p.id: _cells(values, iris[each], p, labels, language) for p in asked.properties}
        for each in asked.ids
    }
    meta = [
        {"id": each.id, "name": properties.of(each.iri, language).name} for each in asked.properties
    ]
    if not draft:
        return {"meta": meta, "rows": rows}
    listed = [
        {"id": thing, "properties": [{"id": p, "values": cells} for p, cells in row.items()]}
        for thing, row in rows.items()
    ]
    return {"meta": meta, "rows": listed}


def _cells(
    values: Values,
    thing: str,
    wanted: Wanted,
    labels: dict[str, tuple[str, str]],
    language: Language,
) -> list[dict[str, Any]]:
    terms = of_language(values.get((thing, wanted.iri), ()), language)
    return list(_written(terms[: wanted.limit or None], labels))


def _written(terms: Sequence[Term], labels: dict[str, tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for term in terms:
        match term:
            case NamedNode():
                yield {"id": term.value, "name": labels.get(term.value, (term.value, ""))[0]}
            case Literal():
                yield _literal(term)
            case Triple():
                yield {"str": str(term)}


def _literal(term: Literal) -> dict[str, Any]:
    text, datatype = term.value, term.datatype.value
    try:
        if datatype in _WHOLE:
            return {"int": int(text)}
        if datatype in _NUMBERS and math.isfinite(number := float(text)):
            return {"float": number}
    except ValueError:
        return {"str": text}
    if datatype == XSD + "date" and _DAY.fullmatch(text):
        return {"date": f"{text}T00:00:00"}
    if datatype == XSD + "dateTime" and _MOMENT.fullmatch(text):
        return {"date": text}
    return {"str": text}
