"""How far a long command has come, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text as RichText

from mieco.errors import Text
from mieco.progress import Progress, Stage
from mieco.terminal import language, say

_STAGES: Final[dict[Stage, Text]] = {
    "reading": Text("读取", "reading"),
    "mapping": Text("转换", "mapping"),
    "checking": Text("检查", "checking"),
    "inferring": Text("推理", "inferring"),
    "indexing": Text("建立名称索引", "indexing names"),
    "comparing": Text("比较", "comparing"),
    "publishing": Text("发布", "publishing"),
    "sending": Text("送往引擎", "sending to the engine"),
    "switching": Text("切换", "switching"),
    "fetching": Text("取回（kB）", "fetching (kB)"),
    "saving": Text("备份（kB）", "saving (kB)"),
    "restoring": Text("恢复（kB）", "restoring (kB)"),
    "verifying": Text("核对（kB）", "comparing with checksums (kB)"),
}
# Where there is no terminal, a line so often tells how far it has come.
_SECONDS: Final = 10.0


class _Rate(ProgressColumn):
    """So many steps a second."""

    def render(self, task: Task) -> RichText:
        return RichText(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Progress on standard error: a bar with rate and remaining time, where that is a terminal.

    Elsewhere a line now and then.
    """
    if not sys.stderr.isatty():
        yield Progress(_Lines())
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
    console = Console(stderr=True)
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Bar(*columns, *times, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        current: list[Stage] = []

        def told(stage: Stage, done: int, of: int) -> None:
            if current != [stage]:  # neither rate nor time go on from one to the next
                current[:] = [stage]
                bar.reset(task, description=_STAGES[stage].in_(language()))
            bar.update(task, completed=done, total=of or None)

        yield Progress(told)


class _Lines:
    """Says how far some work has come, with rate and remaining time where these are known."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._began = self._said = time.monotonic()

    def __call__(self, stage: Stage, done: int, of: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        if now - self._said < _SECONDS:
            return
        self._said = now
        name, rate = _STAGES[stage], done / max(now - self._began, 1e-3)
        if not done or not of:
            say(Text(f"{name.zh} …", f"{name.en} …"))
            return
        left = round((of - done) / rate)
        say(
            Text(
                f"{name.zh}：{done}/{of}，每秒 {rate:.0f}，还需约 {left} 秒",
                f"{name.en}: {done} of {of}, {rate:.0f} a second, about {left} s left",
            )
        )
