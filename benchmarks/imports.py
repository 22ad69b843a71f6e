"""A workbook with 100,000 members: read, mapped, checked, published.

    python benchmarks/imports.py [--rows 100000]

Prints Markdown: seconds and peak memory of each step (MB; of the check, of the process and of
the largest of its children), and as a peer openpyxl reading the same cells without doing
anything with them.  The members are made up; their credit codes have a right check character.
Each file has a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import io
import platform
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import apart
from openpyxl import Workbook, load_workbook
from stdnum.cn import uscc

from mieco import content
from mieco.intake.batch import Input
from mieco.progress import Progress, Stage
from mieco.publish.delivery import Delivery, deliver
from mieco.publish.tables import publish_tables
from mieco.releases import Releases
from mieco.template import installed_template, write_template

_HEADINGS = (
    *("编号", "单位名称", "英文名称", "统一社会信用代码", "单位类型"),
    *("所在地（行政区划）", "角色", "加入日期", "备注"),
)


def _members(count: int) -> Iterator[tuple[str, ...]]:
    yield _HEADINGS
    for number in range(count):
        code = f"91990000MA{number:07d}"
        code += uscc.calc_check_digit(code)
        name = f"虚构企业第{number}号有限公司"
        yield (
            *(f"x{number}", name, f"Fictitious Company {number}", code, "企业"),
            *("320500", "成员", "2024年5月", "压力测试"),
        )


def _workbook(path: Path, count: int) -> None:
    """The example's consortium, with so many members of its own."""
    example = io.BytesIO()
    write_template(example, installed_template(), filled=True)
    consortium = load_workbook(example)["联合体 consortium"]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("联合体 consortium")
    leave_out = {"依托园区", "牵头院校", "牵头企业", "依据材料"}
    rows = list(consortium.iter_rows(max_row=2, values_only=True))
    kept = [n for n, head in enumerate(rows[0]) if str(head).split("\n")[0] not in leave_out]
    for row in rows:
        sheet.append([row[n] for n in kept])
    members = book.create_sheet("成员 members")
    for row in _members(count):
        members.append(row)
    book.save(path)


def _csv(path: Path, count: int) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(_members(count)):
            writer.writerow([*row, "深圳市域产教联合体" if number else "联合体"])


def _by_peer(path: Path) -> tuple[float, float]:
    start = time.monotonic()
    for sheet in load_workbook(path, read_only=True, data_only=True).worksheets:
        for _ in sheet.iter_rows(values_only=True):
            pass
    return time.monotonic() - start, _peak(resource.RUSAGE_SELF)


def _imported(path: Path, data: Path) -> dict[str, tuple[float, float, float]]:
    """By stage: seconds, and peaks of memory up to its end."""
    told: dict[str, tuple[float, float, float]] = {}
    began: list[tuple[Stage, float]] = []

    def note(stage: Stage, _done: int, _of: int) -> None:
        if not began or began[-1][0] != stage:
            close()
            began.append((stage, time.monotonic()))

    def close() -> None:
        if began:
            stage, start = began[-1]
            peaks = _peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN)
            told[stage] = (time.monotonic() - start, *peaks)

    with tempfile.TemporaryDirectory() as folder:
        outcome = deliver(
            Releases(data),
            Delivery([Input(path, path.name)]),
            Path(folder),
            Progress(note),
            publish=True,
        )
        close()
    if outcome.release is None:
        raise SystemExit("\n".join(outcome.report.lines("en")))
    return told


def _peak(whose: int) -> float:
    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 if platform.system() == "Linux" else 1
    return resource.getrusage(whose).ru_maxrss * unit / 1e6


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    print(
        f"{rows:,} members, {len(_HEADINGS)} columns; {platform.processor() or platform.machine()}"
    )
    print("\n| file | step | seconds | MB | MB of a child |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for path, write in ((Path("members.xlsx"), _workbook), (Path("members.csv"), _csv)):
            file, data = Path(folder) / path, Path(folder) / path.stem / path.suffix[1:]
            write(file, rows)
            publish_tables(Releases(data), content.folder("data"), lambda _: None)
            if path.suffix == ".xlsx":
                seconds, peak = apart(_by_peer, file)
                print(f"| {path} | openpyxl alone | {seconds:.1f} | {peak:.0f} | |")
            for step, (seconds, own, child) in apart(_imported, file, data).items():
                print(f"| {path} | {step} | {seconds:.1f} | {own:.0f} | {child:.0f} |")


if __name__ == "__main__":
    _main()
