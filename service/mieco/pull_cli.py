"""``mieco pull``: a release of another mieco, fetched and made the current one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco.errors import BadParameter, MiecoError, Text
from mieco.progress_bar import progress_bar
from mieco.releases import Releases
from mieco.replicas.following import follow
from mieco.replicas.origin import Origin
from mieco.replicas.pulling import Pulled, Puller
from mieco.settings import read_settings
from mieco.terminal import data_option, say

_MB = 1_000_000


@click.command()
@click.argument("url")
@click.option(
    "--release",
    type=click.IntRange(1),
    help="取这个发布，默认为那里的当前发布 / this release; the current one there if not given",
)
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="一直跟随，每隔几秒看一次 / keep following, looking every so many seconds",
)
@data_option
def pull(url: str, release: int | None, every: float | None, data: Path | None) -> None:
    """从另一个 mieco 取来发布并启用。/ Fetch a release of the mieco at URL and make it current.

    中断后再次运行会接着取；正在运行的 mieco serve 会自己换到新的发布。
    A pull that was interrupted goes on where it ended; a running 'mieco serve' switches by itself.
    """
    if every is not None and release is not None:
        raise BadParameter(
            name="--every",
            reason=Text("不能与 --release 并用", "cannot be used with --release"),
            allowed=Text("两者之一", "one of the two"),
        )
    releases = Releases(read_settings(os.environ, {"data": data}).data)
    puller = Puller(releases, Origin(url), progress_bar, _say_waiting)
    if every is None:
        _say_pulled(puller.pull(release), url)
        return
    following = _Following(puller, url)
    follow(following.attempt, every, following.troubled)


class _Following:
    """Says what happens while an origin is followed, each thing once."""

    def __init__(self, puller: Puller, url: str) -> None:
        self._puller = puller
        self._url = url
        self._said = ""
        self._current: int | None = None

    def attempt(self) -> None:
        """Pulls, and says so where something has changed."""
        pulled = self._puller.pull()
        number = pulled.release.manifest.number
        if number != self._current or self._said:
            _say_pulled(pulled, self._url)
        self._current, self._said = number, ""

    def troubled(self, error: MiecoError, seconds: float) -> None:
        """Says what is wrong, unless that was the last thing said."""
        if str(error) == self._said:
            return
        self._said = str(error)
        zh, en = error.message("zh"), error.message("en")
        say(Text(f"{zh}{seconds:.0f} 秒后再试", f"{en} Trying again in {seconds:.0f} s"))


def _say_waiting() -> None:
    say(
        Text(
            "另一个 mieco pull 正在进行，等它结束 …",
            "another 'mieco pull' is at work here; waiting …",
        )
    )


def _say_pulled(pulled: Pulled, url: str) -> None:
    number, before = pulled.release.manifest.number, pulled.before
    if before == number:
        say(Text(f"发布 {number} 已是当前发布", f"release {number} is the current one already"))
    elif pulled.fetched or pulled.found:
        fetched, found = (f"{size / _MB:.1f}" for size in (pulled.fetched, pulled.found))
        say(
            Text(
                f"发布 {number} 已取来并启用：下载 {fetched} MB，本地已有 {found} MB",
                f"release {number} is here and current: {fetched} MB fetched, {found} MB were here",
            )
        )
    elif before is not None and before > number:
        say(
            Text(
                f"{url} 已从发布 {before} 退回到 {number}，这里也一样",
                f"{url} went back from release {before} to {number}; so did this",
            )
        )
    else:
        say(
            Text(
                f"发布 {number} 本地已有，现已启用", f"release {number} was here; it is current now"
            )
        )
