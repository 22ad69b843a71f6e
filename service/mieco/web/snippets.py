"""An answer in the programs that people work with: the code that fetches it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy, and the name of what it is written for."""

    name: str
    code: str


def snippets(address: str) -> list[Snippet]:
    """The code for an answer at this address, which is percent-encoded and so safe to quote."""
    mark = "&" if "?" in address else "?"
    table = f"{address}{mark}format=csv"
    return [
        Snippet("curl", f"curl '{table}'"),
        Snippet(
            "Python",
            f'import pandas\n\ntable = pandas.read_csv("{table}")\nprint(table)',
        ),
        Snippet(
            "R",
            f'table <- read.csv("{table}", fileEncoding = "UTF-8")\nprint(table)',
        ),
        Snippet(
            "Excel",
            "let\n"
            f'    Answer = Web.Contents("{table}"),\n'
            '    Source = Csv.Document(Answer, [Delimiter = ",", Encoding = 65001]),\n'
            "    Table = Table.PromoteHeaders(Source)\n"
            "in\n"
            "    Table",
        ),
    ]
