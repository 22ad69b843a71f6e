"""What the data say of a candidate, held against what a query says."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.reconcile.queries import Condition, Entity, Value
from mieco.search.forms import dense_of


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of a property: its IRI or lexical form; its names if it is a thing."""

    value: str
    names: tuple[str, ...] = ()
    is_thing: bool = False


# The values of properties, by the IRI of the thing and that of the property.
Facts = Mapping[tuple[str, str], Sequence[Fact]]


def meets(condition: Condition, facts: Sequence[Fact]) -> bool | None:
    """Whether values are as a condition says; ``None`` if none is known, or none was given."""
    if not facts or not condition.values:
        return None
    met = (any(_same(value, fact) for fact in facts) for value in condition.values)
    match condition.quantifier:
        case "any":
            return any(met)
        case "all":
            return all(met)
        case "none":
            return not any(met)


def texts_of(values: Iterable[Value]) -> list[str]:
    """The values that are texts, or things with a name."""
    named = (value.name if isinstance(value, Entity) else value for value in values)
    return [text for text in named if isinstance(text, str) and text]


def credit_codes(condition: Condition) -> set[str]:
    """The codes of a condition, as they are on record."""
    return {
        "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
        for text in texts_of(condition.values)
    } - {""}


def _same(value: Value, fact: Fact) -> bool:
    match value:
        case Entity():
            return fact.is_thing and fact.value == value.id
        case bool():
            return fact.value in (("true", "1") if value else ("false", "0"))
        case float():
            return _is_number(fact.value, value)
        case str():
            wanted = dense_of(value)
            if wanted and wanted in map(dense_of, (fact.value, *fact.names)):
                return True
            # 2023 is met by 2023-10-01.
            return (
                not fact.is_thing
                and value.strip() != ""
                and fact.value.startswith(f"{value.strip()}-")
            )


def _is_number(text: str, number: float) -> bool:
    try:
        return math.isclose(float(text), number)
    except ValueError:
        return False
