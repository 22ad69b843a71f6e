"""CSV in the encodings and with the delimiters that Excel and WPS write."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mieco.errors import BadInput
from mieco.intake.delimited import read_records

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]
TABLE = [
    ["名称", "类别", "备注"],
    ["某某职业技术学院", "学校", "逗号,分号;"],
    ["深圳", "", "两\n行"],
]


def records(content: bytes) -> list[list[str]]:
    return [record for _, record in read_records(io.BytesIO(content), "表.csv")]


def written(rows: list[list[str]], delimiter: str, line_end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    return text.getvalue()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_was_written_is_read(encoding: str, delimiter: str, line_end: str) -> None:
    assert records(written(TABLE, delimiter, line_end).encode(encoding)) == TABLE


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)


@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_cells_come_back(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    table = [["甲", "乙", "丙"], *rows]
    assert records(written(table, delimiter).encode(encoding)) == table


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_may_come_after_any_length_of_ascii(encoding: str) -> None:
    rows = [["a", "b"], *[["x" * 50, "y"]] * 4000, ["中文", "二〇二三年"]]
    assert records(written(rows, ",").encode(encoding)) == rows


@pytest.mark.parametrize(
    ("header", "width"),
    [
        ('"金额,万元,年";年份', 2),
        ("成员(分号;隔开),名称,备注", 3),
        ("名称，别名", 1),
        ("sep=;\n甲,乙;丙", 2),
        ("sep=\t\n甲,乙;丙", 1),
        ('"多\n行, 的",乙', 2),
    ],
)
def test_the_header_decides_the_delimiter(header: str, width: int) -> None:
    assert len(records(header.encode())[0]) == width


def test_numbers_count_blank_records_but_not_the_one_for_excel() -> None:
    stream = io.BytesIO(b"sep=;\na;b\n\n1;2\n")
    assert list(read_records(stream, "x")) == [(1, ["a", "b"]), (2, []), (3, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'a,b\n1,2\n"3,4\n5,6\n', "表.csv, line 3: is not well-formed CSV"),
        (b'sep=,\na,b\n1,2\n"3,4\n', "表.csv, line 4: is not well-formed CSV"),
        (b"a,b\r\n1,\0\r\n", "line 2: has NUL characters"),
        (b"a\rb\r\xff\xff", "line 3: is not UTF-8 or GB18030 text"),
        (b"\xef\xbb\xbfa\n\xff", "line 2: is not UTF-8 text"),
        ("名称与类别与备注\n".encode() + "中国".encode()[:-1], "line 2: is not UTF-8 text"),
        (b"\xff\xfea\0\n\0\x00", "line 2: is not UTF-16-LE text"),
        (b"a" * 1_000_001, "line 1: the line has more than 1,000,000 characters"),
        (b'a,"' + b"\n" * 200_000 + b'"', "line 1: is not well-formed CSV"),
    ],
)
def test_what_cannot_be_read_is_located(content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        records(content)
    assert said in refused.value.message("en")
    assert "第" in refused.value.message("zh")


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read = records(content)
    except BadInput as refused:
        said = refused
    else:
        assert not any("\0" in cell for record in read for cell in record)
        return
    assert said.message("zh").startswith("表.csv 第 ")
