"""What people type into cells → lexical values, or a reason in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mieco.intake import values
from mieco.intake.values import Unfit

DAYS = st.dates(dt.date(1800, 1, 1), dt.date(2100, 12, 31))
FULL_WIDTH = str.maketrans("0123456789-.,+", "０１２３４５６７８９－．，＋")
NUMERALS = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    tens, units = divmod(number, 10)
    ten = {0: "", 1: "十"}.get(tens, NUMERALS[tens] + "十")
    return ten + (NUMERALS[units] if units else "")


@given(day=DAYS, full_width=st.booleans())
def test_a_day_is_read_however_it_is_written(day: dt.date, full_width: bool) -> None:
    year = "".join(NUMERALS[int(digit)] for digit in str(day.year))
    written = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d} 00:00:00",
        f"{day:%Y-%m-%d}T00:00:00",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f" {day.year} 年 {day.month} 月 {day.day} 号\u3000",
        f"{year}年{chinese(day.month)}月{chinese(day.day)}日",
    ]
    for text in written:
        given_text = text.translate(FULL_WIDTH) if full_width and "T" not in text else text
        assert values.date(given_text) == (day.isoformat(), "date"), given_text


@given(day=DAYS)
def test_a_month_and_a_year_stay_what_they_are(day: dt.date) -> None:
    month = f"{day.year}-{day.month:02}"
    for text in (month, f"{day.year}年{day.month}月", f"{day.year}/{day.month}"):
        assert values.date(text) == (month, "gYearMonth")
    assert values.date(f"{day.year}年") == values.date(str(day.year)) == (str(day.year), "gYear")


@given(text=st.text(st.sampled_from("0123456789年月日号-/.〇二十三 T:")))
def test_what_is_read_as_a_date_is_one(text: str) -> None:
    try:
        lexical, datatype = values.date(text)
    except Unfit:
        return
    assert values.date(lexical) == (lexical, datatype)
    full = {"date": lexical, "gYearMonth": f"{lexical}-01", "gYear": f"{lexical}-01-01"}
    assert dt.date.fromisoformat(full[datatype]).year in range(1800, 2101)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("2023-02-30", "2023 年 2 月只有 28 天", "February 2023 has 28 days"),
        ("二〇二四年二月三十日", "2024 年 2 月只有 29 天", "February 2024 has 29 days"),
        ("2023年13月", "没有 13 月", "there is no month 13"),
        ("05/06/2023", "分不清哪个是月、哪个是日", "could be day or month first"),
        ("2023.1", "2023-01 或 2023-10", "could be January or October"),
        ("1799", "1800 到 2100", "between 1800 and 2100"),
        ("2101-01-01", "1800 到 2100", "between 1800 and 2100"),
        ("2023-05-17 08:30", "不写时刻", "without a time of day"),
        ("2023年十十月", "应为日期", "must be a real date"),
        ("去年", "应为日期", "must be a real date"),
        ("", "应为日期", "must be a real date"),
    ],
)
def test_a_date_is_refused_for_its_reason(text: str, zh: str, en: str) -> None:
    with pytest.raises(Unfit) as refused:
        values.date(text)
    assert zh in refused.value.reason.zh
    assert en in refused.value.reason.en


@given(number=st.integers(-(10**30), 10**30), full_width=st.booleans())
def test_a_whole_number_is_read_with_and_without_separators(number: int, full_width: bool) -> None:
    for text in (str(number), f"{number:,}", f" {number}.0 "):
        assert values.integer(text.translate(FULL_WIDTH) if full_width else text) == str(number)


@given(number=st.decimals(-(10**12), 10**12, places=6))
def test_units_are_exact(number: Decimal) -> None:
    for unit, factor in (("", 1), ("万", 10**4), ("亿", 10**8), ("万亿", 10**12)):
        lexical = values.decimal(f"{number:f}{unit}")
        assert Decimal(lexical) == number * factor
        assert "E" not in lexical
        assert values.decimal(lexical) == lexical


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.integer, "1.2亿", "120000000"),
        (values.integer, "１，２３４", "1234"),
        (values.integer, "007", "7"),
        (values.integer, "-0", "0"),
        (values.decimal, "3.5 万", "35000"),
        (values.decimal, "\u22121.50", "-1.5"),
        (values.boolean, "是", "true"),
        (values.boolean, " Ｙｅｓ", "true"),
        (values.boolean, "√", "true"),
        (values.boolean, "×", "false"),
        (values.boolean, "无", "false"),
        (values.plain, "\u3000甲\xa0乙\r\n丙\u200b\x07 ", "甲 乙 丙"),
        (values.code, "91４４０1ma ５abc", "914401MA5ABC"),
    ],
)
def test_a_value_is_read(read: Callable[[str], str], text: str, value: str) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "en"),
    [
        (values.integer, "1.5", "without a fraction"),
        (values.integer, "1,23", "must be a whole number"),
        (values.decimal, "12%", "without a percent sign"),
        (values.decimal, "1.234,5", "must be a number"),
        (values.decimal, "约五十", "must be a number"),
        (values.decimal, "1e5", "must be a number"),
        (values.decimal, "٣", "must be a number"),
        (values.decimal, "9" * 60, "must be a number"),
        (values.boolean, "可能", "must be yes or no"),
    ],
)
def test_a_value_is_refused(read: Callable[[str], str], text: str, en: str) -> None:
    with pytest.raises(Unfit) as refused:
        read(text)
    assert en in refused.value.reason.en


@given(text=st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert values.plain(values.plain(text)) == values.plain(text)
    assert values.code(values.code(text)) == values.code(text)
    assert not set(values.plain(text)) & set("\n\t\u200b\ufeff\x00")
