"""``mieco ask``: the questions in the terminal, each a command with its parameters as options."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from mieco import content
from mieco.ask.answer_forms import answer_as_csv, answer_as_json
from mieco.ask.answers import MAX_ROWS, QuestionAnswer, shown
from mieco.ask.answers import ask as ask_question
from mieco.ask.parameters import choices, what_is_allowed
from mieco.ask.selection import Selected, Selection, select_rows
from mieco.engine.base import ENTAILMENTS
from mieco.errors import BadInput, BadParameter, Language, MiecoError, NotFound, Text
from mieco.opened import opened_engine
from mieco.questions.finding import nearest_questions
from mieco.questions.header import find_question, read_questions
from mieco.questions.model import ASKERS, Parameter, Question
from mieco.releases import Release
from mieco.settings import read_settings
from mieco.terminal import data_option, language, print_table, release_option, say, say_facts

_FORMATS = ("table", "words", "json", "csv", "xlsx")
_COMPLETION_SECONDS = 5.0


@cache
def _questions() -> Mapping[str, Question]:
    return read_questions(content.folder("queries") / "questions")


class _Questions(click.Group):
    """A command for each question, by its id or its number."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        return list(_questions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Raises NotFound, unless the shell only wants to complete a word."""
        try:
            return _command(find_question(_questions(), cmd_name))
        except NotFound:
            if ctx.resilient_parsing:
                return None
            raise


class _QuestionCommand(click.Command):
    """Says in the reader's language what is wrong with an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises BadParameter."""
        known = ", ".join(f"--{p.name}" for p in self.params if isinstance(p, _Value))
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name, reason = (
                error.option_name,
                Text("这个问题没有此参数", "this question has no such parameter"),
            )
        except click.BadOptionUsage as error:
            name, reason = (
                error.option_name,
                Text("应写作 --参数名 值", "must be written --name value"),
            )
        except click.UsageError as error:
            if type(error) is not click.UsageError:
                raise
            name, reason = (
                " ".join(args),
                Text("应写作 --参数名 值", "must be written --name value"),
            )
        raise BadParameter(name=name, reason=reason, allowed=known or Text("无", "none"))


class _Value(click.Option):
    """A parameter of a question as an option; its values are completed from the release."""

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter
        allowed = what_is_allowed(parameter)
        super().__init__(
            [f"--{parameter.name}"],
            multiple=parameter.repeated,
            help=f"{parameter.label.zh}（{allowed.zh}） / {parameter.label.en} ({allowed.en})",
        )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that contain what has been typed so far; none if nothing can be read."""
        try:
            settings = read_settings(os.environ, {"data": ctx.params.get("data")})
            with opened_engine(settings, ctx.params.get("release")) as (engine, _):
                named = choices(self._parameter, engine, language(), seconds=_COMPLETION_SECONDS)
        except MiecoError:
            return []
        offered = named or {}
        if self._parameter.type == "enum":
            return [
                CompletionItem(key, help=label)
                for key, label in offered.items()
                if key.startswith(incomplete)
            ]
        return [CompletionItem(name) for name in offered.values() if incomplete in name]


@click.group(
    "ask", cls=_Questions, invoke_without_command=True, subcommand_metavar="QUESTION [OPTIONS]"
)
@click.option(
    "--search",
    default="",
    help="只列出说到这些的问题，最相近的在前 / only questions about this, nearest first",
)
@click.option(
    "--asker", type=click.Choice(list(ASKERS)), help="只列出某类用户的问题 / only those of an asker"
)
@click.pass_context
def ask(ctx: click.Context, *, search: str, asker: str | None) -> None:
    """提一个问题：mieco ask q01 --consortium 深圳市域产教联合体。

    Ask a QUESTION by its id or number, its parameters as options; without one, list them all.
    """
    if ctx.invoked_subcommand is not None:
        return
    spoken = language()
    found = [
        each
        for each in nearest_questions(_questions().values(), search)
        if asker is None or asker in each.askers
    ]
    for each in found:
        options = " ".join(f"[--{name} …]" for name in each.parameters)
        click.echo(f"{each.id}  {each.sentence.in_(spoken)}  {options}".rstrip())
    if not found:
        say(Text("没有这样的问题", "there is no such question"))


def _command(question: Question) -> click.Command:
    options: list[click.Parameter] = [_Value(each) for each in question.parameters.values()]
    options += [
        click.Option(
            ["--format", "form"],
            type=click.Choice(_FORMATS),
            default="table",
            show_default=True,
            help="输出格式 / output format",
        ),
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path, dir_okay=False),
            help="写入文件 / write to this file",
        ),
        click.Option(
            ["--sort"],
            default="",
            help="按某列排序，前加 - 为降序 / sort by a column, -column for descending",
        ),
        click.Option(
            ["--filter", "filter_"],
            default="",
            help="只要含有此文字的行 / only rows with this text",
        ),
        click.Option(
            ["--entailment"],
            type=click.Choice(ENTAILMENTS),
            help="依据写明的、推理得出的或全部事实 / the facts to rest on",
        ),
    ]

    def run(**values: Any) -> None:
        _answer(question, values)

    said = question.sentence
    command = _QuestionCommand(
        question.id,
        params=options,
        callback=run,
        help=f"{said.zh}\n\n{said.en}",
        short_help=said.in_(language()),
    )
    return release_option(data_option(command))


def _answer(question: Question, options: Mapping[str, Any]) -> None:
    settings = read_settings(os.environ, {"data": options["data"]})
    given = {}
    for name, parameter in question.parameters.items():
        value = options[name]
        given[name] = list(value) if parameter.repeated else [value or ""]
    with opened_engine(settings, options["release"]) as (engine, release):
        answer = ask_question(
            engine,
            question,
            given,
            language(),
            entailment=options["entailment"],
            seconds=settings.timeout,
        )
    selected = select_rows(answer, Selection(options["sort"], options["filter_"]))
    say_facts(answer.entailment)
    _write(answer, selected, release, options["form"], options["output"])
    if not answer.complete:
        say(Text(f"只列出前 {MAX_ROWS} 行", f"only the first {MAX_ROWS} rows are given"))
    if answer.emptiness:
        say(answer.emptiness.told)


def _write(
    answer: QuestionAnswer, selected: Selected, release: Release, form: str, output: Path | None
) -> None:
    match form:
        case "table" if output is None:
            _print(answer, selected, language())
            return
        case "table" | "csv":
            body = answer_as_csv(answer, selected).encode()
        case "words":
            body = "".join(f"{answer.sentences[place]}\n" for place in selected.rows).encode()
        case "json":
            told = answer_as_json(answer, selected, release)
            body = (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()
        case _:
            body = _workbook(answer, selected, release, output)
    try:
        if output is None:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
        else:
            output.write_bytes(body)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(
            where=str(output or "stdout"),
            reason=Text("不能写入", "cannot be written"),
            todo=error.strerror or "",
        ) from None


def _workbook(
    answer: QuestionAnswer, selected: Selected, release: Release, output: Path | None
) -> bytes:
    if output is None and sys.stdout.isatty():
        raise BadParameter(
            name="--output",
            reason=Text("工作簿不能显示在终端里", "a workbook cannot be shown in a terminal"),
            allowed=Text("文件名，如 -o answer.xlsx", "a file, such as -o answer.xlsx"),
        )
    # openpyxl is slow to import.
    from mieco.answer_workbook import workbook_parts
    from mieco.workbook import write_workbook

    parts, book = workbook_parts(answer, selected, release), io.BytesIO()
    write_workbook(io.BytesIO(parts.results), parts.about, book, parts.heads)
    return book.getvalue()


def _print(answer: QuestionAnswer, selected: Selected, spoken: Language) -> None:
    columns = {name: label.in_(spoken) for name, label in answer.question.columns.items()}
    rows = [
        {name: shown(term, answer.labels, spoken) for name, term in answer.rows[place].items()}
        for place in selected.rows
    ]
    print_table(list(columns.values()), [[row.get(name, "") for name in columns] for row in rows])
