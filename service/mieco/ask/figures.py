"""Numbers with their units, as people write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from pyoxigraph import Literal

from mieco.errors import Language, Text
from mieco.stores import Term
from mieco.terms import BASE

_UNITS: Final = BASE + "concept/unit/"
# 1e999999999 would be written out for an hour.
_MOST_DIGITS: Final = 30


def figure_words(number: Decimal, unit: str, unit_name: str, language: Language) -> str:
    """A number of a unit (an IRI, empty for none) that is called so: ``3亿元``, ``5 persons``.

    >>> figure_words(Decimal("12000.0"), "", "", "en")
    '12,000'
    """
    if unit == _UNITS + "rank":
        return Text(f"第 {plain(number)} 名", f"rank {plain(number)}").in_(language)
    if unit == _UNITS + "cny" and language == "zh":
        return _yuan(number)
    return Text(f"{plain(number)}{unit_name}", f"{plain(number)} {unit_name}".strip()).in_(language)


def decimal_of(term: Term) -> Decimal | None:
    """The number that a literal is; ``None`` if it is none, or none that can be written out."""
    if not isinstance(term, Literal) or term.language:
        return None
    try:
        number = Decimal(term.value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None


def plain(number: Decimal) -> str:
    """A number without a decimal point that tells nothing, and without an exponent."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _yuan(number: Decimal) -> str:
    """A sum as the Chinese count it: in 亿 or 万, from one upwards."""
    for myriads, word in ((Decimal(10**8), "亿"), (Decimal(10**4), "万")):
        if number >= myriads:
            return f"{plain(number / myriads)}{word}元"
    return f"{plain(number)}元"
