"""Is a literal a value of a datatype (XSD 1.1 Datatypes §3; OWL 2 Structural §4)?"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from pyoxigraph import Literal

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


def is_of(literal: Literal, datatype: str) -> bool:
    """Whether the literal's value is one of the datatype (its IRI).

    A datatype that is not of XSD or RDF is not judged: everything is one of its values.
    """
    its = literal.datatype.value
    if datatype == its or datatype == _RDFS + "Literal":
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
    if name == "dateTime":
        return its_name == "dateTimeStamp"
    return False


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
