"""A figure as data hold it, and as people read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mieco.ask.profiles.facts import Fact, Facts
from mieco.errors import Language, Text
from mieco.terms import BASE

_QUALIFIER = BASE + "concept/qualifier/"
_QUALIFIERS = {
    _QUALIFIER + "exact": Text("", ""),
    _QUALIFIER + "about": Text("约", "about"),
    _QUALIFIER + "nearly": Text("近", "nearly"),
    _QUALIFIER + "more-than": Text("超过", "more than"),
    _QUALIFIER + "at-least": Text("不少于", "at least"),
    _QUALIFIER + "up-to": Text("不超过", "up to"),
}
_UNIT = BASE + "concept/unit/"
_COUNT, _PERCENT, _RANK = _UNIT + "count", _UNIT + "percent", _UNIT + "rank"
# A measure word that a source uses, perhaps with what it counts; nothing else beside it.
_MEASURE_WORD = re.compile("[个家所名条户项份级人方][\u4e00-\u9fff]{0,8}")
_NUMBER = re.compile(r"([+-]?)([0-9]{1,20})(?:\.([0-9]{1,20}))?")
# From so many digits on, people count in the next higher unit.
_MYRIAD, _MILLION, _HUNDRED_MILLION = 10**4, 10**6, 10**8


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure: its number, or its words where no number is given; qualifier and unit (IRIs)."""

    value: Fact | None
    text: Fact | None
    qualifier: str
    unit: str
    unit_text: str


def amount_of(facts: Facts, thing: str) -> Amount | None:
    """The figure that a thing has."""
    value, text = facts.one(thing, "value"), facts.one(thing, "valueText")
    if value is None and text is None:
        return None
    qualifier, unit, written = (facts.one(thing, n) for n in ("qualifier", "hasUnit", "unitText"))
    return Amount(
        value=value,
        text=text,
        qualifier=qualifier.text if qualifier else "",
        unit=unit.text if unit else "",
        unit_text=written.text if written else "",
    )


def amount_in_words(
    amount: Amount, labels: Mapping[str, tuple[str, str]], language: Language
) -> str:
    """A figure with its qualifier and unit; as the source words it where it has no number."""
    if amount.value is None:
        return amount.text.text if amount.text else ""
    number = number_in_words(amount.value.text, language)
    qualifier = amount.qualifier and _QUALIFIERS.get(amount.qualifier)
    before = qualifier.in_(language) if qualifier else labels.get(amount.qualifier, ("",))[0]
    unit = _unit_in_words(amount, labels, language)
    if amount.unit == _RANK:
        return Text(f"第{number}名", f"rank {number}").in_(language)
    if language == "zh":
        return f"{before}{number}{unit}"
    joined = "" if amount.unit == _PERCENT else " "
    return f"{before} {number}{joined}{unit}".strip()


def number_in_words(text: str, language: Language) -> str:
    """A number as people read it: large round ones in higher units, others with separators.

    >>> number_in_words("26000", "zh"), number_in_words("240000000", "en")
    ('2.6万', '240 million')
    >>> number_in_words("172311", "zh"), number_in_words("0.50", "en"), number_in_words("x", "en")
    ('172,311', '0.5', 'x')
    """
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    number = Decimal(text)
    units = (
        ((_HUNDRED_MILLION, "亿"), (_MYRIAD, "万"))
        if language == "zh"
        else ((10**9, " billion"), (_MILLION, " million"))
    )
    for unit, word in units:
        short = number / unit
        if abs(short) >= 1 and short == round(short, 2):
            return f"{_separated(short)}{word}"
    return _separated(number)


def _separated(number: Decimal) -> str:
    plain = f"{number:,f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _unit_in_words(
    amount: Amount, labels: Mapping[str, tuple[str, str]], language: Language
) -> str:
    """A count has a measure word in Chinese, the source's own if it is one, and none in English."""
    if language == "zh" and _MEASURE_WORD.fullmatch(amount.unit_text):
        return amount.unit_text
    if amount.unit == _COUNT and language == "en":
        return ""
    if amount.unit == _PERCENT:
        return "%"
    return labels.get(amount.unit, ("",))[0]
