"""``mieco prune``: remove old releases."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco.audit import AuditLog, operator
from mieco.errors import Text
from mieco.pruning import prune as pruned
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, say


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="保留最新的几个 / so many of the newest stay",
)
@data_option
def prune(keep: int, data: Path | None) -> None:
    """删除旧的发布，保留最新的若干个、当前的和可以退回的。

    Remove old releases: all but the newest, the current one and that which undoing returns to.
    """
    settings = read_settings(os.environ, {"data": data})
    with AuditLog(settings.data).act(operator(), "prune", keep=keep) as entered:
        gone = entered["removed"] = list(pruned(Releases.of(settings), keep))
    say(
        Text(f"删除了 {len(gone)} 个发布", f"releases removed: {len(gone)}")
        if gone
        else Text("没有要删除的发布", "there is nothing to remove")
    )
