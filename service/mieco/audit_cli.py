"""``mieco audit``: who changed what, and whether the log of it is as it was written."""

from __future__ import annotations

import json
import os
from collections import deque
from dataclasses import asdict
from pathlib import Path

import click

from mieco.audit import AuditLog, Entry
from mieco.errors import Text
from mieco.settings import read_settings
from mieco.terminal import data_option, language, print_table, say

_STATES = {
    "begun": Text("开始", "begun"),
    "done": Text("完成", "done"),
    "failed": Text("未成", "failed"),
}
_FAULTS = {
    "unreadable": Text("读不出来（写到一半，或已损坏）", "cannot be read (cut off, or damaged)"),
    "changed": Text("内容与其哈希不符", "does not have its hash"),
    "broken": Text("不接在前一条之后", "does not follow the one before it"),
}


@click.group()
def audit() -> None:
    """查看和核对审计日志。/ Look at the audit log, and check it."""


@audit.command()
@click.option("--last", type=click.IntRange(min=1), help="只看最后几条 / only the last so many")
@click.option("--json", "as_json", is_flag=True, help="每行一条 JSON / print a JSON object a line")
@data_option
def show(last: int | None, data: Path | None, *, as_json: bool) -> None:
    """列出审计日志。/ Print the audit log."""
    log = AuditLog(read_settings(os.environ, {"data": data}).data)
    entries = deque(log.entries(), maxlen=last)
    if as_json:
        for entry in entries:
            click.echo(json.dumps(asdict(entry), ensure_ascii=False))
        return
    spoken = language()
    heads = [
        Text("序号", "number"),
        Text("时间", "time"),
        Text("谁", "who"),
        Text("做了什么", "what"),
        Text("结果", "outcome"),
    ]
    print_table([head.in_(spoken) for head in heads], [_row(entry) for entry in entries])


def _row(entry: Entry) -> list[str]:
    outcome = _STATES[entry.state].in_(language())
    return [
        str(entry.number),
        entry.at,
        " ".join(entry.actor.get(part, "") for part in ("name", "address")).strip(),
        " ".join([entry.action, *(f"{k}={_short(v)}" for k, v in entry.about.items() if v)]),
        f"{outcome} ({entry.of})" if entry.of else outcome,
    ]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 (a line of a terminal)


@audit.command()
@click.option(
    "--head",
    metavar="HASH",
    help="以前另存的最后哈希，必须仍在日志中 / a last hash that was kept elsewhere must be there",
)
@data_option
@click.pass_context
def verify(ctx: click.Context, head: str | None, data: Path | None) -> None:
    """核对哈希链；有改动时退出码为 1。

    Check the chain of hashes; exit code 1 if something was changed.  The last hash, kept elsewhere
    and given as --head later, tells whether entries were cut from the end or all was written anew.
    """
    log = AuditLog(read_settings(os.environ, {"data": data}).data)
    faults = list(log.faults())
    for fault in faults:
        kind = _FAULTS[fault.kind]
        say(Text(f"第 {fault.line} 行{kind.zh}", f"line {fault.line} {kind.en}"))
    count, last, kept = 0, "", 0
    for entry in log.entries():
        count, last = entry.number, entry.hash
        if head and entry.hash == head.strip().lower():
            kept = entry.number
    if kept:
        say(Text(f"所存的哈希是第 {kept} 条的", f"the hash that was kept is that of entry {kept}"))
    elif head is not None:
        say(
            Text(
                "日志中没有所存的哈希：其后的记录被截去，或日志被重写",
                "no entry has the hash that was kept: entries were cut from the end, or the log"
                " was written anew",
            )
        )
    say(Text(f"共 {count} 条，最后的哈希是：", f"{count} entries; the last hash is:"))
    click.echo(last)
    ctx.exit(1 if faults or (head is not None and not kept) else 0)
