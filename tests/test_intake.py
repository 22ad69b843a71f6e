"""A table that cannot be read: one sentence that says where, what, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Run
from few_rows import few_rows

# (file, what is replaced, by what, what the message must say)
SPOILT_FILES = [
    ("places.csv", "name_en", "english", "places.csv, row 1: the column 'english' is unknown"),
    ("places.csv", ",part_of", "", "places.csv, row 1: the column 'part_of' is missing"),
    ("places.csv", "key,", "name_zh,", "row 1: the column 'name_zh' stands twice"),
    ("places.csv", "440000,china", "440000", "has 5 cells instead of 6"),
    ("places.csv", "广东省", '"广东省', "is not well-formed CSV"),
    ("activities.csv", "consortium", "consortia", "Did you mean 'consortium'?\n"),
]
# Checked a group at a time; no two of a group are in one row.
SPOILT_CELLS = [
    [
        (
            "places.csv",
            "\nguangdong,",
            "\nchina,",
            "column key: violation: The key 'china' was used",
        ),
        ("activities.csv", ",2025-04-09,", ",2025-02-30,", "'2025-02-30' must be a real date"),
        ("targets.csv", ",50,about", ",many,about", "'many' must be a number"),
        (
            "memberships.csv",
            "m001,member",
            "m001,guest",
            "'guest' must be one of member, participant",
        ),
        ("targets.csv", "miec-total", "miec-totl", "like it: miec-total"),
        ("consortia.csv", ",false,", ",maybe,", "'maybe' must be"),
        ("codings.csv", ",activity/f001,", ",activity/f01,", "'activity/f01' is no row"),
        ("recognitions.csv", ",national,1,", ",national,I,", "'I' must be a whole number"),
    ],
    [
        ("places.csv", "\nguangdong,", "\nGuang Dong,", "The key 'Guang Dong' is not well-formed"),
        ("memberships.csv", "m001,member,", "m001,member,x", "column consortium"),
        ("codings.csv", ",activity/f001,", ",membership/m001,", "'membership/m001' is no row"),
    ],
    [
        ("places.csv", "440000,china", "440000,chnia", "'chnia' is not registered; like it: china"),
        ("places.csv", "Guangdong,province", "Guangdong,pro vince", "'pro vince' must be a code"),
    ],
    [
        ("places.csv", "Guangdong,province", ",province", "column name_en: violation: Must not be"),
    ],
]


_SPOILT = [old for cells in SPOILT_CELLS for _, old, *_ in cells]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Few rows of the tables, those among them that are to be spoilt."""
    return few_rows(tmp_path / "tables", *_SPOILT)


def spoil(table: Path, old: str, new: str) -> None:
    text = table.read_text(encoding="utf-8")
    assert old in text, f"{table.name} no longer holds {old!r}"
    table.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("file", "old", "new", "said"), SPOILT_FILES)
def test_a_spoilt_file_is_named(
    called: Run, tables: Path, file: str, old: str, new: str, said: str
) -> None:
    spoil(tables / file, old, new)
    refused = called("check", str(tables))
    assert refused.returncode == 2
    assert said in refused.stderr
    assert file in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert refused.stdout == ""


@pytest.mark.parametrize("cells", SPOILT_CELLS)
def test_spoilt_cells_are_named(
    called: Run, tables: Path, cells: list[tuple[str, str, str, str]]
) -> None:
    for file, old, new, _ in cells:
        spoil(tables / file, old, new)
    found = called("check", str(tables))
    assert found.returncode == 1
    lines = found.stdout.splitlines()
    for file, _, _, said in cells:
        assert any(line.startswith(file) and said in line for line in lines), said


def test_a_missing_table_is_named(called: Run, tables: Path) -> None:
    (tables / "spaces.csv").unlink()
    refused = called("check", str(tables))
    assert refused.returncode == 2
    assert "spaces.csv: there is no such file" in refused.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"key,name_zh\nx,\xff\xff", "line 2: is not UTF-8 or GB18030 text"),
        (b"\x00\xff\xfe", "line 1: has NUL characters and is not text"),
    ],
)
def test_a_file_that_is_no_table(called: Run, tables: Path, content: bytes, said: str) -> None:
    (tables / "places.csv").write_bytes(content)
    refused = called("check", str(tables))
    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_folder_that_does_not_exist(called: Run, tmp_path: Path) -> None:
    refused = called("check", str(tmp_path / "nowhere"))
    assert refused.returncode == 2
    assert "there is no such file" in refused.stderr


def test_messages_come_in_chinese(called: Run, tables: Path) -> None:
    (tables / "spaces.csv").unlink()
    refused = called("check", str(tables), LANG="zh_CN.UTF-8")
    assert refused.stderr == "mieco: spaces.csv：没有这个文件。请放好全部源表再试。\n"


def test_what_a_chinese_excel_saves_is_read(called: Run, tables: Path) -> None:
    table = tables / "places.csv"
    table.write_text(table.read_text(encoding="utf-8"), encoding="gb18030")
    assert called("check", str(tables)).returncode == 0


def test_excel_s_byte_order_mark_and_blank_rows_are_read(called: Run, tables: Path) -> None:
    table = tables / "places.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("\n", "\r\n") + ",,,,\r\n\r\n", encoding="utf-8-sig", newline="")
    assert called("check", str(tables)).returncode == 0
