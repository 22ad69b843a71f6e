"""Is a literal a value of a datatype (XSD 1.1 Datatypes §3; OWL 2 Structural §4)?"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from pyoxigraph import Literal

from mieco.stores import Term
from mieco.terms import PREFIXES, XSD

_RDF: Final = PREFIXES["rdf"]
_RDFS: Final = PREFIXES["rdfs"]

# (least, greatest) of the integers; None where there is no bound.
_INTEGERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
# Decimal() itself takes exponents, NaN and digits of other scripts as well.
_NUMBER: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*")
_STRINGS: Final = (
    *("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN"),
)


# What else may be a value of a datatype.  The engine keeps a dateTimeStamp as a dateTime.
_DERIVED: Final = {
    "dateTime": ("dateTimeStamp",),
    "dateTimeStamp": ("dateTime",),
    "duration": ("dayTimeDuration", "yearMonthDuration"),
}
_ZONE: Final = r"(?:Z|[+-]\d\d:\d\d)?"
_DATE: Final = r"-?\d{4,}-\d\d-\d\d"
_TIME: Final = r"\d\d:\d\d:\d\d(?:\.\d+)?"
_FORMS: Final = {
    "boolean": r"true|false|1|0",
    "float": r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "date": _DATE + _ZONE,
    "dateTime": f"{_DATE}T{_TIME}{_ZONE}",
    "time": _TIME + _ZONE,
    "gYear": r"-?\d{4,}" + _ZONE,
    "gYearMonth": r"-?\d{4,}-\d\d" + _ZONE,
}


def _is_well_formed(literal: Literal) -> bool:
    """Whether the text is one of its datatype; true for those that are not looked at."""
    name = literal.datatype.value.removeprefix(XSD)
    if name == "decimal" or name in _INTEGERS:
        return _is_number(literal.value, name)
    form = _FORMS.get("float" if name == "double" else name)
    return form is None or re.fullmatch(form, literal.value, re.ASCII) is not None


def is_of(literal: Literal, datatype: str) -> bool:
    """Whether the literal's value is one of the datatype (its IRI).

    A datatype that is not of XSD or RDF is not judged: everything is one of its values.
    """
    its = literal.datatype.value
    if datatype == its:
        return _is_well_formed(literal)
    if datatype == _RDFS + "Literal":
        return True
    if datatype == _RDF + "PlainLiteral":
        return its in (_RDF + "langString", XSD + "string")
    if not datatype.startswith((XSD, _RDF)):
        return True
    name, its_name = datatype.removeprefix(XSD), its.removeprefix(XSD)
    if name == "decimal" or name in _INTEGERS:
        return (its_name == "decimal" or its_name in _INTEGERS) and _is_number(literal.value, name)
    if name in _STRINGS:
        # Which strings are tokens or names is a matter of their form; the shapes see to that.
        return its_name in _STRINGS
    if name in _DERIVED:
        return its_name in _DERIVED[name]
    return False


def is_same_number(one: Term, other: Term) -> bool:
    """Whether two terms are numbers of the same value, though written in different ways."""
    both = [each for each in (one, other) if isinstance(each, Literal)]
    names = [each.datatype.value.removeprefix(XSD) for each in both]
    return (
        len(both) == len((one, other))
        and all(name == "decimal" or name in _INTEGERS for name in names)
        and all(_is_number(each.value, "decimal") for each in both)
        and Decimal(both[0].value) == Decimal(both[1].value)
    )


def _is_number(text: str, name: str) -> bool:
    if not _NUMBER.fullmatch(text):
        return False
    if name == "decimal":
        return True
    number = Decimal(text)
    least, greatest = _INTEGERS[name]
    return (
        number == number.to_integral_value()
        and (least is None or number >= least)
        and (greatest is None or number <= greatest)
    )
