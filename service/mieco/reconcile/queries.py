"""What is asked: a name, types, and conditions on properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf

MOST_CANDIDATES: Final = 50
USUAL_CANDIDATES: Final = 5

Quantifier = OneOf["any", "all", "none"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A value that is a thing, by its identifier; its name may be empty."""

    id: str
    name: str = ""


Value = str | float | bool | Entity


@dataclass(frozen=True, slots=True)
class Condition:
    """What a property should have.

    A ``required`` one that is not met rules a candidate out; else it counts against it.
    """

    property: str
    values: tuple[Value, ...]
    required: bool = False
    quantifier: Quantifier = "any"


@dataclass(frozen=True, slots=True)
class Query:
    """One reconciliation query; the types are IRIs of classes, one of which it should have."""

    name: str
    types: tuple[str, ...] = ()
    strict: bool = False
    limit: int = USUAL_CANDIDATES
    conditions: tuple[Condition, ...] = ()
