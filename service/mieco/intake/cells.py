"""What stands in a cell of a workbook → the text that a person sees there, or why there is none."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from openpyxl.styles.numbers import BUILTIN_FORMATS, STRIP_RE, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

from mieco.errors import Text

Precision = Literal["day", "month", "year"]

# Excel keeps 15 digits of a number and puts zeros for the rest.
_ROUNDED_FROM = 10**15
_DIGITS_KEPT = 15
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)

# Formats that a Chinese Excel has built in and does not write into the file (ECMA-376 part 1,
# 18.8.30); openpyxl knows those of all languages only.
_CHINESE_FORMATS = {
    **dict.fromkeys((27, 36, 50, 52, 57), "yyyy年m月"),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), "m月d日"),
    30: "m-d-yy",
    31: "yyyy年m月d日",
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h时mm分"),
}


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the cells of all sheets refer to.

    ``dates`` says which styles show a number as a date, and how much of the date.
    """

    texts: Sequence[str]
    dates: Mapping[int, Precision]
    epoch: dt.datetime


def date_styles(formats: Mapping[int, str], styles: Iterable[int]) -> dict[int, Precision]:
    """The styles, by position, that show dates; each is given as the number of its format."""
    known = {**BUILTIN_FORMATS, **_CHINESE_FORMATS, **formats}
    precisions = {number: _precision(shown) for number, shown in known.items()}
    return {
        position: precision
        for position, number in enumerate(styles)
        if (precision := precisions.get(number))
    }


def _precision(shown: str) -> Precision | None:
    if not is_date_format(shown) or is_timedelta_format(shown):
        return None
    letters = STRIP_RE.sub("", shown.partition(";")[0]).lower()
    if "y" not in letters or any(letter in letters for letter in "dhs"):
        return "day"
    return "month" if "m" in letters else "year"


def cell_text(kind: str, raw: str, style: int, workbook: Workbook) -> str | Text:
    """The text of a cell, or what is wrong with it.

    ``kind`` is the cell's type as the file has it, ``raw`` what the file has as its value.
    Raises ValueError or IndexError if the file is damaged.
    """
    match kind:
        case "s":
            position = int(raw)
            if position < 0:  # which Python would count from the end
                raise IndexError(position)
            return workbook.texts[position].strip()
        case "str" | "inlineStr":
            return unescaped(raw).strip()
        case "b":
            return "true" if raw.strip() in {"1", "true"} else "false"
        case "e":
            return Text(
                f"是 Excel 的错误值 {raw}，请改正公式或直接填写",
                f"is the Excel error {raw}; mend the formula or type the value",
            )
        case "d":
            return re.sub(r"T00:00(:00(\.0+)?)?Z?$", "", raw.strip())
    if precision := workbook.dates.get(style):
        return _date_text(float(raw), precision, workbook.epoch)
    return _number_text(raw)


def unescaped(text: str) -> str:
    """A text with its escapes of the form ``_x000D_`` resolved."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


def _number_text(raw: str) -> str | Text:
    if raw.isascii() and raw.isdigit() and len(raw) <= _DIGITS_KEPT:
        return raw.lstrip("0") or "0"
    value = float(raw)
    if not math.isfinite(value):
        raise ValueError(raw)
    if abs(value) >= _ROUNDED_FROM:
        return Text(
            "超过 15 位，Excel 已改变末尾的数字；请把单元格设为文本格式后重新填写",
            "has more than 15 digits, and Excel has rounded this number;"
            " format the cell as text and type it again",
        )
    return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"


def _date_text(serial: float, precision: Precision, epoch: dt.datetime) -> str | Text:
    """The date to the precision that is shown: who types 2023年5月 is given the first of May."""
    try:
        moment = from_excel(serial, epoch) if serial >= 0 else None
    except (OverflowError, ValueError):
        moment = None
    if isinstance(moment, dt.time):
        return moment.isoformat()
    if not isinstance(moment, dt.datetime):
        return Text(
            f"设为日期格式，但数值 {serial:g} 不是日期；请重新填写",
            f"is formatted as a date, but {serial:g} is none; type it again",
        )
    if moment.time() != dt.time():
        return moment.isoformat(timespec="seconds")
    if precision == "year" and (moment.month, moment.day) == (1, 1):
        return f"{moment.year:04}"
    if precision == "month" and moment.day == 1:
        return f"{moment.year:04}-{moment.month:02}"
    return moment.date().isoformat()
