"""What the commands share: the reader's language, words on standard error, tables, files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from mieco.account import work_as_owner
from mieco.errors import BadInput, Language, Text
from mieco.present.language import as_language
from mieco.settings import read_settings

if TYPE_CHECKING:
    from mieco.engine.base import Entailment

# What stands for standard output where a file is to be written.
STDOUT: Final = "-"


def _as_its_owner(_: click.Context, __: click.Parameter, data: Path | None) -> Path | None:
    work_as_owner(read_settings(os.environ, {"data": data}).data)
    return data


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    callback=_as_its_owner,
    help="存放发布的目录 / directory that holds the releases",
)


release_option = click.option(
    "--release",
    type=int,
    help="以前的某个发布，默认当前发布 / a past release; the current one if not given",
)


def language() -> Language:
    """The language of the command: ``MIECO_LANGUAGE``, else the locale's, else English."""
    named = os.environ.get("MIECO_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    return as_language((named or "").split("_")[0]) or "en"


def say(text: Text) -> None:
    """Says something to the person, beside the data."""
    click.echo(f"mieco: {text.in_(language())}", err=True)


def mark(*, well: bool) -> str:
    """What a line begins with that tells of something whether it is well."""
    return "✓" if well else "✗"


def say_facts(used: Entailment) -> None:
    """Says which facts an answer rests on, where some are left out."""
    match used:
        case "asserted":
            say(Text("只依据写明的事实", "this rests on asserted facts alone"))
        case "inferred":
            say(Text("只依据推理得出的事实", "this rests on inferred facts alone"))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that folds in a terminal, and is never cut when it goes to a file."""
    from rich import box  # slow to load, and most commands print no table
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 100_000, highlight=False)
    table = Table(*heads, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


@contextmanager
def written(output: Path) -> Iterator[IO[bytes]]:
    """The file to write to, which is there once it is whole; or standard output.

    Raises BadInput where it cannot be written.
    """
    if output == Path(STDOUT):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    growing = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        if _takes_what_comes(output):
            with output.open("wb") as file:
                yield file
            return
        with growing.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        growing.replace(output)
    except OSError as error:
        raise BadInput(
            where=str(output),
            reason=Text("不能写入", "cannot be written"),
            todo=error.strerror or "",
        ) from None
    finally:
        growing.unlink(missing_ok=True)


def _takes_what_comes(output: Path) -> bool:
    """Is it a pipe or a device, which a file must not take the place of?"""
    return output.exists() and not output.is_file() and not output.is_dir()
