"""Text that people typed into cells → lexical values of the datatypes.

A reason is worded to follow the value that it is about: “五十”应为数字, 'fifty' must be a number.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from decimal import Context, Decimal
from typing import Literal

from mieco.errors import Text

DateType = Literal["date", "gYearMonth", "gYear"]

_YEARS = range(1800, 2101)
# Far more than any count or sum of money has, and exact in the arithmetic below.
_LONGEST_NUMBER = 50
_EXACT = Context(prec=_LONGEST_NUMBER * 2)

_NUMBER = re.compile(
    r"(?P<digits>[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?) ?(?P<unit>万亿|万|亿)?"
)
_UNITS = {None: 0, "万": 4, "亿": 8, "万亿": 12}
# Signs that NFKC leaves as they are: the minus of mathematics, en and em dash.
_DASHES = str.maketrans("\u2212\u2013\u2014", "---")

_NUMERALS = {numeral: digit for digit, numeral in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
}
_DIGITS = "".join(_NUMERALS) + "0-9"
_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?Z?$")
_TIME = re.compile(r"[T ][0-9]{1,2}:[0-9]{2}")
_DATES = (
    re.compile(
        r"(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})"
        r"(?:(?P=mark)(?P<day>[0-9]{1,2}))?"
    ),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(
        rf"(?P<year>[{_DIGITS}]{{4}})年"
        rf"(?:(?P<month>[{_DIGITS}十]{{1,2}})月(?:(?P<day>[{_DIGITS}十]{{1,3}})[日号]?)?)?"
    ),
    re.compile(r"(?P<year>[0-9]{4})"),
)
_YEAR_LAST = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2,4}")
# A number cannot hold the last zero of 2023.10, so that one digit may be January or October.
_ROUNDED_MONTH = re.compile(r"[0-9]{4}\.1")
_ORDINAL = re.compile(r"[0-9]{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]")

_TRUE = frozenset({"是", "true", "yes", "y", "1", "有", "√", "✓", "✔"})
_FALSE = frozenset({"否", "false", "no", "n", "0", "无", "×", "✗", "✘"})

# Joiners are part of how some words are written; other invisible characters are accidents.
_JOINERS = "\u200c\u200d"


class Unfit(ValueError):
    """A text that is no value of the datatype, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


def integer(text: str) -> str:
    """The whole number that a text says, in plain digits: ``1.2亿`` → ``120000000``.

    Raises Unfit.
    """
    number = _number(text, Text("应为整数", "must be a whole number"))
    if number != number.to_integral_value():
        raise Unfit(Text("应为整数，不能有小数", "must be a whole number, without a fraction"))
    return f"{number.to_integral_value():f}"


def decimal(text: str) -> str:
    """The number that a text says, without a superfluous zero: ``1,234.50`` → ``1234.5``.

    Raises Unfit.
    """
    return f"{_number(text, Text('应为数字', 'must be a number')):f}"


def _number(text: str, wanted: Text) -> Decimal:
    normal = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if normal.endswith(("%", "‰")):
        raise Unfit(
            Text(
                f"{wanted.zh}，不能带百分号",
                f"{wanted.en}, without a percent sign",
            )
        )
    match = _NUMBER.fullmatch(normal)
    if match is None or len(normal) > _LONGEST_NUMBER:
        raise Unfit(
            Text(f"{wanted.zh}，如 1234 或 1.2 亿", f"{wanted.en}, such as 1234")
            if any(character.isdigit() for character in normal)
            else wanted
        )
    digits = Decimal(match["digits"].replace(",", ""))
    number = _EXACT.normalize(_EXACT.scaleb(digits, _UNITS[match["unit"]]))
    return number or Decimal(0)  # no minus before nothing


def date(text: str) -> tuple[str, DateType]:
    """A day, a month or a year in ISO form, and the datatype: ``2023年5月`` → ``2023-05``.

    Raises Unfit.
    """
    normal = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    normal = _MIDNIGHT.sub("", normal)
    if _TIME.search(normal):
        raise Unfit(Text("应只写日期，不写时刻", "must be a date without a time of day"))
    normal = "".join(normal.split())
    if _YEAR_LAST.fullmatch(normal):
        raise Unfit(
            Text(
                "分不清哪个是月、哪个是日，请把年写在前面，如 2023-05-17",
                "could be day or month first; write the year first, such as 2023-05-17",
            )
        )
    if _ROUNDED_MONTH.fullmatch(normal):
        year = normal[:4]
        raise Unfit(
            Text(
                f"分不清是 1 月还是 10 月，请写成 {year}-01 或 {year}-10",
                f"could be January or October; write {year}-01 or {year}-10",
            )
        )
    for form in _DATES:
        if match := form.fullmatch(normal):
            parts = match.groupdict()
            return _iso(_year(parts["year"]), parts.get("month"), parts.get("day"))
    raise _no_date()


def _no_date() -> Unfit:
    return Unfit(
        Text(
            "应为日期，如 2023-05-17、2023 年 5 月或 2023",
            "must be a real date such as 2023, 2023-05 or 2023-05-17",
        )
    )


def _year(text: str) -> int:
    return int("".join(str(_NUMERALS.get(digit, digit)) for digit in text))


def _ordinal(text: str) -> int:
    """The number of a month or a day: 5, 05, 五, 十七, 二十, 三十一."""
    if not _ORDINAL.fullmatch(text):
        raise _no_date()
    if text.isdecimal():
        return int(text)
    tens, ten, units = text.partition("十")
    if not ten:
        return _NUMERALS[text]
    return 10 * _NUMERALS.get(tens, 1) + _NUMERALS.get(units, 0)


def _iso(year: int, month_text: str | None, day_text: str | None) -> tuple[str, DateType]:
    if year not in _YEARS:
        first, last = _YEARS[0], _YEARS[-1]
        raise Unfit(
            Text(
                f"年份应在 {first} 到 {last} 之间",
                f"must be a year between {first} and {last}",
            )
        )
    if month_text is None:
        return f"{year:04}", "gYear"
    month = _ordinal(month_text)
    if not 1 <= month <= 12:  # noqa: PLR2004
        raise Unfit(
            Text(
                f"不是真实的日期：没有 {month} 月",
                f"must be a real date: there is no month {month}",
            )
        )
    if day_text is None:
        return f"{year:04}-{month:02}", "gYearMonth"
    day, days = _ordinal(day_text), calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise Unfit(
            Text(
                f"不是真实的日期：{year} 年 {month} 月只有 {days} 天",
                f"must be a real date: {_MONTHS[month]} {year} has {days} days",
            )
        )
    return f"{year:04}-{month:02}-{day:02}", "date"


# Not calendar.month_name, which speaks the language of the machine.
_MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def boolean(text: str) -> str:
    """``true`` or ``false``.  Raises Unfit."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    raise Unfit(Text("应为“是”或“否”", "must be yes or no (true or false)"))


def plain(text: str) -> str:
    """A text in NFC on one line, single spaces between words, nothing invisible in it."""
    visible = "".join(
        character
        for character in text
        if character.isspace()
        or character in _JOINERS
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def code(text: str) -> str:
    """A code as registers write it: half-width, upper-case, no spaces."""
    upper = unicodedata.normalize("NFKC", plain(text)).upper()
    # Once more: a space may have kept a letter and its accent apart.
    return unicodedata.normalize("NFKC", "".join(upper.split()))
