"""``mieco mcp``: the questions as tools for a program that speaks the Model Context Protocol."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from mieco.engine.current import CurrentEngine
from mieco.engine.opening import engine_opener
from mieco.errors import ExtraMissing, Language, Text
from mieco.opened import label_search
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, language, say

# One client asks little at a time; each worker is a process.
_MOST_WORKERS = 4


@click.command("mcp")
@click.option(
    "--compact",
    is_flag=True,
    help="以 ask 一个工具代替每个问题一个工具 / one tool, ask, instead of one for each question",
)
@click.option(
    "--language",
    "spoken",
    type=click.Choice(["zh", "en"]),
    help="回答所用的语言 / language of the answers",
)
@data_option
def mcp(*, compact: bool, spoken: Language | None, data: Path | None) -> None:
    """把问题作为 MCP 工具提供（标准输入输出，只读）。

    Offer the questions as tools of an MCP server on standard input and output, read-only.
    """
    settings = read_settings(os.environ, {"data": data})
    spoken = spoken or language()
    try:
        from mieco.mcp.server import serve  # the SDK is an extra
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _SDK:
            raise
        raise ExtraMissing(package="mcp 2", command="mieco mcp", extra="mcp") from None
    settings = replace(settings, workers=min(settings.workers, _MOST_WORKERS))
    engine = CurrentEngine(
        Releases(settings.data), engine_opener(settings, partial(label_search, settings=settings))
    )
    if sys.stdin.isatty():
        say(
            Text(
                "等待 MCP 客户端从标准输入发来请求；按 Ctrl-C 结束",
                "waiting for an MCP client on standard input; Ctrl-C ends it",
            )
        )
    # A thread waits for the next line and cannot be called back; the engine ends with us.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        serve(engine, spoken, compact=compact, seconds=settings.timeout)
    finally:
        engine.close()


_SDK = frozenset({"anyio", "mcp", "mcp_types"})
