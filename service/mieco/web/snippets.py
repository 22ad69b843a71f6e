"""An answer in the programs that people work with: the code that fetches it.

Each runs as it is in a plain installation of its program: nothing of mieco is needed, since a
stranger who copies a line has no reason to install a service (for those who write programs there
is :mod:`mieco.client`).  In common they have that

- the answer is CSV in UTF-8 and is read as such, whatever the program's own encoding;
- only what is a number, a date or a yes-or-no in every row is taken for one; a code of digits
  keeps its zeros, and what is not recorded is missing, not a text without letters;
- the wait has an end: a minute, which for R is its own default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mieco.ask.answer_forms import ColumnKind

_R_TYPES = {"text": "character", "date": "Date"}
_M_TYPES = {"text": "text", "date": "date", "number": "number", "boolean": "logical"}


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy, and the name of what it is written for."""

    name: str
    code: str


def snippets(address: str, columns: Mapping[str, ColumnKind]) -> list[Snippet]:
    """The code for the CSV at this address, which has these columns.

    The address is percent-encoded and the columns are words, so both are safe to quote.
    """
    return [
        # Double quotes, since the command line of Windows knows no others.
        Snippet("curl", f'curl -sS --fail-with-body --max-time 60 "{address}"'),
        Snippet("Python", _python(address, columns)),
        Snippet("R", _r(address, columns)),
        Snippet("Excel", _excel(address, columns)),
    ]


def _python(address: str, columns: Mapping[str, ColumnKind]) -> str:
    """By pandas; its own opening of an address would wait for ever."""
    dates = [name for name, kind in columns.items() if kind == "date"]
    return _lines(
        "from urllib.request import urlopen",
        "",
        "import pandas as pd",
        "",
        f'address = "{address}"',
        "text = [",
        *(f'    "{name}",' for name, kind in columns.items() if kind == "text"),
        "]",
        "with urlopen(address, timeout=60) as answer:",
        "    table = pd.read_csv(",
        "        answer,",
        "        dtype=dict.fromkeys(text, str),",
        *([f"        parse_dates=[{_quoted(dates)}],"] if dates else []),
        "        keep_default_na=False,",
        '        na_values=[""],',
        "    )",
        "print(table)",
    )


def _r(address: str, columns: Mapping[str, ColumnKind]) -> str:
    """By R itself; lines that are marked as UTF-8 stay so in every locale."""
    types = [f'  "{name}" = "{_R_TYPES[k]}"' for name, k in columns.items() if k in _R_TYPES]
    return _lines(
        f'address <- "{address}"',
        'lines <- readLines(address, encoding = "UTF-8", warn = FALSE)',
        "types <- c(",
        ",\n".join(types),
        ")",
        "table <- read.csv(",
        '  text = lines, encoding = "UTF-8", colClasses = types,',
        '  na.strings = "", check.names = FALSE',
        ")",
        "print(table)",
    )


def _excel(address: str, columns: Mapping[str, ColumnKind]) -> str:
    """In Power Query's M; numbers and dates are written as in ``en-US``, wherever Excel is."""
    types = [f'        {{"{name}", type {_M_TYPES[kind]}}}' for name, kind in columns.items()]
    return _lines(
        "let",
        f'    Answer = Web.Contents("{address}", [Timeout = #duration(0, 0, 1, 0)]),',
        "    Lines = Csv.Document(",
        "        Answer,",
        '        [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]',
        "    ),",
        "    Named = Table.PromoteHeaders(Lines, [PromoteAllScalars = true]),",
        "    Recorded = Table.ReplaceValue(",
        '        Named, "", null, Replacer.ReplaceValue, Table.ColumnNames(Named)',
        "    ),",
        "    Types = {",
        ",\n".join(types),
        "    },",
        '    Typed = Table.TransformColumnTypes(Recorded, Types, "en-US")',
        "in",
        "    Typed",
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _lines(*lines: str) -> str:
    return "\n".join(lines)
