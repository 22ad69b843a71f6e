"""The command ``mieco``: a thin skin over the same functions as the service.

Data go to standard output, talk to standard error.  Exit codes: 0 fine, 1 findings,
2 misuse, 3 the service cannot do it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from mieco import __version__, content
from mieco.ask_cli import ask
from mieco.check_cli import check, say_counts, tables_folder
from mieco.dump_cli import diff, dump
from mieco.engine.base import ENTAILMENTS, Entailment, Query, text_of
from mieco.errors import BadInput, BadParameter, Language, MiecoError, Text
from mieco.import_cli import batch, import_, undo
from mieco.mcp_cli import mcp
from mieco.ontology_cli import ontology
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, by_name
from mieco.publish.change import publish_nothing
from mieco.publish.own import is_stale
from mieco.publish.tables import publish_tables
from mieco.readiness_cli import readiness
from mieco.reconcile_cli import reconcile
from mieco.releases import Releases
from mieco.settings import describe, read_settings
from mieco.stores import Term
from mieco.template_cli import template
from mieco.terminal import (
    data_option,
    language,
    opened_engine,
    print_table,
    release_option,
    say,
    say_facts,
)
from mieco.why_cli import why

_FORMAT_NAMES = [f.name for f in (*SOLUTION_FORMATS, *GRAPH_FORMATS)]


def _sentences(error: MiecoError, language: Language) -> str:
    stop, space = ("。", "") if language == "zh" else (".", " ")
    said = (error.message(language), error.advice(language))
    return space.join(s if s.endswith((stop, "?", "？")) else s + stop for s in said if s)


class _Commands(click.Group):
    """The door where errors become sentences and exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return self._invoke(ctx)
        except MiecoError as error:
            click.echo(f"mieco: {_sentences(error, language())}", err=True)
            ctx.exit(error.exit_code)

    def _invoke(self, ctx: click.Context) -> Any:
        """Raises BadParameter for what is no day, of which click speaks English only."""
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            option = error.param
            if option is None or not isinstance(option.type, click.DateTime):
                raise
            raise BadParameter(
                name=option.opts[0],
                reason=Text("没有这一天", "there is no such day"),
                allowed=Text("日期，如 2024-05-17", "a date such as 2024-05-17"),
            ) from None


_entailment = click.option(
    "--entailment",
    type=click.Choice(ENTAILMENTS),
    help="依据写明的、推理得出的或全部事实 / the facts to rest on",
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mieco", message="%(prog)s %(version)s")
def main() -> None:
    """市域产教联合体的本体与查询服务。

    An ontology and query service for China's municipal industry-education consortia.
    """


@main.command()
@click.option("--host", help="监听的地址 / address to listen on")
@click.option("--port", type=int, help="监听的端口 / port to listen on")
@data_option
@click.option(
    "--empty", is_flag=True, default=None, help="不装入本体和数据 / start without ontology and data"
)
@click.option(
    "--default-graph",
    type=click.Choice(["union", "strict"]),
    help="查询的默认图 / default graph of a query",
)
def serve(**options: Any) -> None:
    """启动服务，必要时先发布随附的数据。/ Start the service; publish the data first if need be."""
    from mieco.web.serve import check_port  # the web stack is slow to import
    from mieco.web.serve import serve as serve_forever

    settings = read_settings(os.environ, options)
    check_port(settings)
    releases = Releases(settings.data, settings.base)
    if releases.current_number() is None:
        where = settings.data
        say(Text(f"{where} 中还没有发布，现在生成", f"no release in {where} yet; building it"))
        if settings.empty:
            publish_nothing(releases)
        else:
            publish_tables(releases, content.folder("data"), say)
    release = releases.current()
    number, triples = release.manifest.number, release.manifest.triples
    say(
        Text(
            f"发布 {number}（{triples} 条三元组），位于 {settings.data}",
            f"release {number} ({triples} triples) in {settings.data}",
        )
    )
    if is_stale(release):
        say(
            Text(
                "此发布由另一版本的本体或规则生成；运行 mieco publish 可重新生成",
                "this release was made with another ontology or rules; 'mieco publish' renews it",
            )
        )
    serve_forever(settings)


@main.command()
@click.argument("tables", type=click.Path(path_type=Path), required=False)
@click.option(
    "--accept-clashes",
    is_flag=True,
    help="即使数据与本体矛盾也发布 / publish even if the data contradict the ontology",
)
@data_option
def publish(tables: Path | None, *, accept_clashes: bool, data: Path | None) -> None:
    """检查源表并发布。/ Check the source TABLES (a folder; ours if not given) and publish them."""
    settings = read_settings(os.environ, {"data": data})
    publication = publish_tables(
        Releases(settings.data, settings.base),
        tables_folder(tables),
        say,
        accept_clashes=accept_clashes,
    )
    say_counts(publication.report)
    manifest = publication.release.manifest
    if publication.fresh:
        done = Text(
            f"已发布 {manifest.number}：{manifest.triples} 条三元组，位于 {settings.data}",
            f"published release {manifest.number}: {manifest.triples} triples, in {settings.data}",
        )
    else:
        done = Text(
            f"内容没有变化，发布 {manifest.number} 保持不变",
            f"nothing has changed; release {manifest.number} stands",
        )
    say(done)


@main.command()
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


@main.command()
def settings() -> None:
    """列出全部设置及其取值。/ List every setting and its effective value."""
    spoken = language()
    rows = [
        [name, value, default, about.in_(spoken)]
        for name, value, default, about in describe(read_settings(os.environ))
    ]
    heads = Text("变量|取值|默认|说明", "variable|value|default|meaning").in_(spoken)
    print_table(heads.split("|"), rows)


main.add_command(ask)
main.add_command(batch)
main.add_command(check)
main.add_command(diff)
main.add_command(dump)
main.add_command(import_)
main.add_command(mcp)
main.add_command(ontology)
main.add_command(readiness)
main.add_command(reconcile)
main.add_command(template)
main.add_command(undo)
main.add_command(why)


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
