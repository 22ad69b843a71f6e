"""``mieco template``: the workbook that a secretariat fills in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import click

from mieco.errors import BadInput, Text
from mieco.terminal import say


@click.command()
@click.argument("kind", type=click.Choice(["consortium"]))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="写成的 Excel 文件 / Excel workbook to write",
)
@click.option(
    "--csv",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="写入 CSV 的文件夹，每表一个文件 / folder for CSV files, one a sheet",
)
@click.option("--example", is_flag=True, help="填好的示例 / filled with an example")
@click.option("--force", is_flag=True, help="覆盖已有的文件 / overwrite what is there")
def template(
    kind: str,  # noqa: ARG001 (one kind so far)
    output: Path | None,
    folder: Path | None,
    *,
    example: bool,
    force: bool,
) -> None:
    """生成供填写的数据表：mieco template consortium -o 联合体.xlsx。

    Make the workbook to fill in, or with --csv the same as CSV files.
    """
    if output is None and folder is None:
        raise click.UsageError(
            "请用 -o 给出文件，或用 --csv 给出文件夹 / name a file with -o, or a folder with --csv"
        )
    from mieco.template import csv_files, installed_template, write_template  # rdflib is slow

    made = installed_template()
    files: dict[Path, bytes] = {}
    if output:
        book = io.BytesIO()
        write_template(book, made, filled=example)
        files[output] = book.getvalue()
    if folder:
        contents = csv_files(made, filled=example)
        files |= {folder / name: content for name, content in contents.items()}
    _write(files, force=force)
    for path in filter(None, (output, folder)):
        say(Text(f"已写入 {path}", f"{path} is written"))


def _write(files: Mapping[Path, bytes], *, force: bool) -> None:
    """Writes all files, or none if one of them is there already."""
    if not force:
        for path in files:
            if path.exists():
                raise BadInput(
                    where=str(path),
                    reason=Text("已经存在", "is there already"),
                    todo=Text("要覆盖它，请加 --force。", "Overwrite it with --force."),
                )
    for path, content in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise BadInput(
                where=str(path),
                reason=Text(
                    f"无法写入（{error.strerror}）", f"cannot be written ({error.strerror})"
                ),
                todo="",
            ) from error
