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
from mieco.damage import damage_told
from mieco.errors import BadParameter, Language, MiecoError, Text
from mieco.terminal import language

# Each command: where it stands, and what it does.
_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "ask": ("ask_cli:ask", "提一个问题 / Ask a question"),
    "audit": ("audit_cli:audit", "查看审计日志 / Look at the audit log"),
    "backup": ("backup_cli:backup", "备份数据目录 / Back the data directory up"),
    "batch": ("import_cli:batch", "列出和删除导入的批次 / List and delete imported batches"),
    "check": ("check_cli:check", "检查源表或文件 / Check the source tables, or files"),
    "diff": ("dump_cli:diff", "比较两个发布 / Compare two releases"),
    "doctor": ("doctor_cli:doctor", "检查安装是否正常 / See whether all is well"),
    "dump": ("dump_cli:dump", "把发布写成文件 / Write a release as RDF"),
    "import": ("import_cli:import_", "检查并导入文件 / Check files and import them"),
    "mcp": ("mcp_cli:mcp", "把问题作为 MCP 工具提供 / Offer the questions as MCP tools"),
    "ontology": ("ontology_cli:ontology", "检查与发布本体 / Check and release the ontology"),
    "prune": ("prune_cli:prune", "删除旧的发布 / Remove old releases"),
    "pull": ("pull_cli:pull", "从另一个 mieco 取来发布 / Fetch a release of another mieco"),
    "publish": ("publish_cli:publish", "检查源表并发布 / Check the source tables and publish"),
    "push": ("push_cli:push", "把发布送到别的引擎 / Send a release to another engine"),
    "query": ("query_cli:query", "运行一个查询 / Run a SPARQL query"),
    "readiness": ("readiness_cli:readiness", "对照官方条件 / Judge by the official conditions"),
    "reconcile": ("reconcile_cli:reconcile", "把名称对应到条目 / Match names to things"),
    "restore": ("backup_cli:restore", "从备份恢复 / Restore a backup"),
    "serve": ("serve_cli:serve", "启动服务 / Start the service"),
    "settings": ("settings_cli:settings", "列出全部设置 / List every setting"),
    "template": ("template_cli:template", "生成供填写的数据表 / Make a workbook to fill in"),
    "token": ("token_cli:token", "发放和吊销令牌 / Give out and revoke tokens"),
    "undo": ("import_cli:undo", "退回到上一个发布 / Return to the release before"),
    "verify": ("backup_cli:verify", "核对发布或备份 / Compare releases or backups with checksums"),
    "why": ("why_cli:why", "一条事实为什么成立 / Why a fact holds"),
}


def _sentences(error: MiecoError, language: Language) -> str:
    stop, space = ("。", "") if language == "zh" else (".", " ")
    said = (error.message(language), error.advice(language))
    return space.join(s if s.endswith((stop, "?", "？")) else s + stop for s in said if s)


class _Named(click.Command):
    """A command that is imported when it is called: together they take a second."""

    def __init__(self, name: str) -> None:
        self._place, summary = _COMMANDS[name]
        super().__init__(name, short_help=summary)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """That of the command itself, which then answers for everything."""
        module, _, name = self._place.partition(":")
        command: click.Command = getattr(import_module(f"mieco.{module}"), name)
        return command.make_context(info_name, args, parent, **extra)


class _Commands(click.Group):
    """The door where errors become sentences and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (as click has it)
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        return _Named(cmd_name) if cmd_name in _COMMANDS else None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with damage_told("current"):
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
