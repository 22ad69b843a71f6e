"""The command ``mieco``: a thin skin over the same functions as the service.

Data go to standard output, talk to standard error.  Exit codes: 0 fine, 1 findings,
2 misuse, 3 the service cannot do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from mieco import __version__
from mieco.errors import BadParameter, Language, MiecoError, Text
from mieco.terminal import language

# Each command and where it stands.
_COMMANDS: Final[Mapping[str, str]] = {
    "ask": "ask_cli:ask",
    "batch": "import_cli:batch",
    "check": "check_cli:check",
    "diff": "dump_cli:diff",
    "dump": "dump_cli:dump",
    "import": "import_cli:import_",
    "mcp": "mcp_cli:mcp",
    "ontology": "ontology_cli:ontology",
    "publish": "publish_cli:publish",
    "query": "query_cli:query",
    "readiness": "readiness_cli:readiness",
    "reconcile": "reconcile_cli:reconcile",
    "serve": "serve_cli:serve",
    "settings": "settings_cli:settings",
    "template": "template_cli:template",
    "undo": "import_cli:undo",
    "why": "why_cli:why",
}


def _sentences(error: MiecoError, language: Language) -> str:
    stop, space = ("。", "") if language == "zh" else (".", " ")
    said = (error.message(language), error.advice(language))
    return space.join(s if s.endswith((stop, "?", "？")) else s + stop for s in said if s)


class _Commands(click.Group):
    """The door where errors become sentences and exit codes.

    A command is imported when it is called: together they take seconds to import.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (as click has it)
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"mieco.{module}"), name)
        return command

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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mieco", message="%(prog)s %(version)s")
def main() -> None:
    """市域产教联合体的本体与查询服务。

    An ontology and query service for China's municipal industry-education consortia.
    """
