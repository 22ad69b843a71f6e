"""One value of an answer: as it came, with its name, and as Python has it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_YEAR = re.compile(r"-?[0-9]{4,9}")

Python = str | int | float | Decimal | bool | dt.date | dt.datetime


@dataclass(frozen=True, slots=True)
class Value:
    """A thing or a literal.

    ``value`` is its IRI, or its text as it was written; ``label`` is the name of a thing (in
    ``label_language``), where it has one; ``datatype`` and ``language`` are those of a literal.
    """

    value: str
    label: str | None = None
    label_language: str | None = None
    datatype: str | None = None
    language: str | None = None
    kind: str = "literal"

    @property
    def iri(self) -> str | None:
        """The IRI of a thing; ``None`` for a literal or a blank node."""
        return self.value if self.kind == "uri" else None

    @property
    def python(self) -> Python:
        """``int``, ``Decimal``, ``float``, ``bool``, ``date`` or ``datetime`` by the datatype.

        A year (``xsd:gYear``) is an ``int``.  A thing is its IRI, and everything else its text,
        that which its datatype does not allow included.
        """
        read = _READERS.get(self.datatype or "")
        if read is None:
            return self.value
        try:
            return read(self.value)
        except (ValueError, InvalidOperation):
            return self.value

    def __str__(self) -> str:
        """The name of a thing that has one, else the value."""
        return self.label or self.value


def value_of(cell: Mapping[str, str]) -> Value:
    """A cell of an answer, or of SPARQL results in JSON.  Raises KeyError or TypeError."""
    return Value(
        value=cell["value"],
        label=cell.get("label"),
        label_language=cell.get("label_language"),
        datatype=cell.get("datatype"),
        language=cell.get("xml:lang"),
        kind={"typed-literal": "literal"}.get(cell["type"], cell["type"]),
    )


def _boolean(text: str) -> bool:
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise ValueError(text)


def _year(text: str) -> int:
    if not _YEAR.fullmatch(text):
        raise ValueError(text)
    return int(text)


_INTEGERS = (
    *("integer", "int", "long", "short", "byte"),
    *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
)
_READERS: Final[Mapping[str, Callable[[str], Python]]] = {
    **{_XSD + name: int for name in _INTEGERS},
    _XSD + "decimal": Decimal,
    _XSD + "double": float,
    _XSD + "float": float,
    _XSD + "boolean": _boolean,
    _XSD + "date": dt.date.fromisoformat,
    _XSD + "dateTime": dt.datetime.fromisoformat,
    _XSD + "gYear": _year,
}
