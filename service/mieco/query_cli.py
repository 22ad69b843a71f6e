"""``mieco query``: a SPARQL query to a release, its answer as a table or in a format."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from mieco.engine.base import ENTAILMENTS, Entailment, Query, text_of
from mieco.errors import BadInput, Text
from mieco.opened import opened_engine
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, by_name
from mieco.settings import read_settings
from mieco.stores import Term
from mieco.terminal import data_option, print_table, release_option, say_facts

_FORMAT_NAMES = [f.name for f in (*SOLUTION_FORMATS, *GRAPH_FORMATS)]

_entailment = click.option(
    "--entailment",
    type=click.Choice(ENTAILMENTS),
    help="依据写明的、推理得出的或全部事实 / the facts to rest on",
)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *_FORMAT_NAMES]),
    default="table",
    show_default=True,
    help="输出格式 / output format",
)
@_entailment
@release_option
@data_option
def query(
    file: Any, form: str, entailment: Entailment | None, release: int | None, data: Path | None
) -> None:
    """运行 FILE 中的查询（- 为标准输入）。/ Run the SPARQL query in FILE (- for standard input)."""
    settings = read_settings(os.environ, {"data": data})
    text = _decode(file.name, file.read())
    asked = Query(text, foreign=True, entailment=entailment)
    if form != "table":
        solutions, graph = by_name(form, SOLUTION_FORMATS), by_name(form, GRAPH_FORMATS)
        asked = replace(
            asked,
            solutions=solutions.media_type if solutions else None,
            graph=graph.media_type if graph else None,
        )
    with opened_engine(settings, release) as (engine, _):
        answer = engine.query(asked, seconds=settings.timeout)
        say_facts(answer.entailment)
        if form == "table" and answer.kind == "solutions":
            _print_solutions(answer.read())
        else:
            for piece in answer.chunks:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()


def _decode(name: str, body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            where=name, reason=Text("不是 UTF-8 文本", "is not UTF-8 text"), todo=""
        ) from None


def _cell(term: Term | None) -> str:
    return "" if term is None else text_of(term)


def _print_solutions(body: bytes) -> None:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if isinstance(results, QuerySolutions):
        names = [v.value for v in results.variables]
        rows = [[_cell(solution[name]) for name in names] for solution in results]
        print_table(names, rows)
