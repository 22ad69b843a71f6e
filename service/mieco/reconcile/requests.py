"""Queries read from JSON, as versions 0.2 and 1.0-draft of the API write them.

What is wrong with a batch as a whole is an error; what is wrong with one query of it is told
in the place of its result, and the others are answered.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mieco.errors import BadParameter, Text, TooManyQueries
from mieco.present.names import expand_prefixed
from mieco.reconcile.queries import (
    MOST_CANDIDATES,
    USUAL_CANDIDATES,
    Condition,
    Entity,
    Quantifier,
    Query,
    Value,
)

MOST_QUERIES: Final = 50
_MOST_CONDITIONS = 20
_MOST_VALUES = 20
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_QUANTIFIERS: Final[dict[str, Quantifier]] = {"any": "any", "all": "all", "none": "none"}
_SHAPE: Final = Text(
    '{"q0": {"query": "常州工业职业技术学院"}}', '{"q0": {"query": "Changzhou University"}}'
)
_DRAFT_SHAPE: Final = '{"queries": [{"conditions": [{"matchType": "name", "propertyValue": "…"}]}]}'


class Unreadable(ValueError):
    """One query that cannot be read, and why."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(reason.en)


def read_json(text: str, parameter: str, allowed: Text | str) -> Any:
    """The value of a JSON text.  Raises BadParameter."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    # Too deeply nested, or a number of thousands of digits.
    except (ValueError, RecursionError):
        raise BadParameter(
            name=parameter, reason=Text("不是 JSON", "is not JSON"), allowed=allowed
        ) from None


def _refuse_constant(name: str) -> None:
    # RFC 8259 §6 has neither NaN nor Infinity.
    raise ValueError(name)


def read_batch(text: str) -> dict[str, Query | Unreadable]:
    """A query batch of 0.2, by its keys.  Raises BadParameter or TooManyQueries."""
    batch = read_json(text, "queries", _SHAPE)
    if not isinstance(batch, dict):
        raise BadParameter(
            name="queries", reason=Text("应为对象", "must be an object"), allowed=_SHAPE
        )
    _check_count(batch)
    return {key: _attempt(_read_query, value) for key, value in batch.items()}


def read_single(text: str) -> Query | Unreadable:
    """The query of the older parameter ``query``: a name, or a query in JSON (0.1)."""
    if not text.lstrip().startswith("{"):
        return _attempt(_read_query, {"query": text})
    return _attempt(_read_query, read_json(text, "query", Text("名称", "a name")))


def read_draft_batch(text: str) -> list[Query | Unreadable]:
    """A query batch of 1.0-draft.  Raises BadParameter or TooManyQueries."""
    batch = read_json(text, "queries", _DRAFT_SHAPE)
    queries = batch.get("queries") if isinstance(batch, dict) else None
    if not isinstance(queries, list):
        raise BadParameter(
            name="queries", reason=Text("应为数组", "must be an array"), allowed=_DRAFT_SHAPE
        )
    _check_count(queries)
    return [_attempt(_read_draft_query, value) for value in queries]


def _check_count(batch: Sequence[Any] | Mapping[str, Any]) -> None:
    if len(batch) > MOST_QUERIES:
        raise TooManyQueries(given=len(batch), most=MOST_QUERIES)


def _attempt(read: Any, value: Any) -> Query | Unreadable:
    try:
        query: Query = read(value)
    except Unreadable as error:
        return error
    return query


def _read_query(value: Any) -> Query:
    given = _object(value, "query")
    name = _text(given.get("query", ""), "query")
    conditions = tuple(
        Condition(
            expand_prefixed(_text(_object(each, "properties").get("pid"), "pid")),
            _values(each.get("v"), "v"),
        )
        for each in _list(given.get("properties", []), "properties", _MOST_CONDITIONS)
    )
    if not name.strip() and not conditions:
        raise Unreadable(
            Text("query 和 properties 至少要有一个", "there must be 'query' or 'properties'")
        )
    return Query(
        name=name,
        types=_types(given.get("type")),
        strict=given.get("type_strict") in ("any", "all"),
        limit=_limit(given.get("limit")),
        conditions=conditions,
    )


def _read_draft_query(value: Any) -> Query:
    given = _object(value, "query")
    names: list[str] = []
    conditions: list[Condition] = []
    for each in _list(given.get("conditions"), "conditions", _MOST_CONDITIONS):
        told = _object(each, "conditions")
        values = _values(told.get("propertyValue"), "propertyValue")
        match told.get("matchType"):
            case "name":
                names += [v for v in values if isinstance(v, str)]
            case "property":
                conditions.append(
                    Condition(
                        expand_prefixed(_text(told.get("propertyId"), "propertyId")),
                        values,
                        required=told.get("required") is True,
                        quantifier=_quantifier(told.get("matchQuantifier", "any")),
                    )
                )
            case _:
                raise Unreadable(
                    Text(
                        "matchType 应为 name 或 property",
                        "'matchType' must be 'name' or 'property'",
                    )
                )
    if not names and not conditions:
        raise Unreadable(Text("没有条件", "there is no condition"))
    return Query(
        name=names[0] if names else "",
        types=_types(given.get("type")),
        limit=_limit(given.get("limit")),
        conditions=tuple(conditions),
    )


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(Text(f"{name} 应为对象", f"'{name}' must be an object"))
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(Text(f"{name} 应为文字", f"'{name}' must be a string"))
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Unreadable(
            Text(f"{name} 应为数组，至多 {most} 项", f"'{name}' must be an array of {most} at most")
        )
    return value


def _types(value: Any) -> tuple[str, ...]:
    given = [] if value is None else value if isinstance(value, list) else [value]
    told = [each.get("id") if isinstance(each, dict) else each for each in given[:_MOST_VALUES]]
    return tuple(expand_prefixed(_text(each, "type")) for each in told if each != "")


def _limit(value: Any) -> int:
    if value is None:
        return USUAL_CANDIDATES
    # A form may send a number as text.
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < math.inf:
        raise Unreadable(Text("limit 应为正整数", "'limit' must be a positive whole number"))
    return int(min(value, MOST_CANDIDATES))


def _quantifier(value: Any) -> Quantifier:
    if not isinstance(value, str) or value not in _QUANTIFIERS:
        raise Unreadable(
            Text(
                "matchQuantifier 应为 any、all 或 none",
                "'matchQuantifier' must be 'any', 'all' or 'none'",
            )
        )
    return _QUANTIFIERS[value]


def _values(value: Any, name: str) -> tuple[Value, ...]:
    several = value if isinstance(value, list) else [value]
    return tuple(_value(each, name) for each in _list(several, name, _MOST_VALUES))


def _value(value: Any, name: str) -> Value:
    match value:
        case bool() | str():
            return value
        case int() | float():
            try:
                return float(value)
            except OverflowError:
                pass
        case {"id": str(iri)}:
            label = value.get("name", "")
            return Entity(expand_prefixed(iri), label if isinstance(label, str) else "")
    raise Unreadable(
        Text(
            f"{name} 应为文字、数、真假、带 id 的对象，或它们的数组",
            f"'{name}' must be a string, number, boolean, object with 'id', or an array of these",
        )
    )
