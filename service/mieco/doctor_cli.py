"""``mieco doctor``: is all well with this installation?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco.engine.far import Far
from mieco.engine.probing import probes
from mieco.errors import Text
from mieco.releases import Release, Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, language


@click.command()
@data_option
@click.pass_context
def doctor(ctx: click.Context, data: Path | None) -> None:
    """检查发布和引擎，逐项列出；有问题时退出码为 1。

    Look at the release and the engine, one thing after the other; exit code 1 if any is not well.
    """
    settings = read_settings(os.environ, {"data": data})
    releases = Releases(settings.data)
    release = releases.current() if releases.current_number() is not None else None
    _tell(Text("发布", "release"), _NONE if release is None else _told(release), well=bool(release))
    if not settings.engine:
        _tell(Text("引擎", "engine"), Text("自带引擎", "the own one"), well=True)
        ctx.exit(0 if release else 1)
    far = Far(settings)
    well = bool(release)
    for probe in probes(far, release):
        _tell(probe.what, probe.found, well=probe.well)
        well = well and probe.well
    far.close()
    ctx.exit(0 if well else 1)


def _tell(what: Text, found: Text, *, well: bool) -> None:
    spoken = language()
    colon = "：" if spoken == "zh" else ": "
    click.echo(f"{'✓' if well else '✗'} {what.in_(spoken)}{colon}{found.in_(spoken)}")


def _told(release: Release) -> Text:
    number, triples = release.manifest.number, release.manifest.triples
    return Text(f"{number}，{triples} 条三元组", f"{number}, {triples} triples")


_NONE = Text("还没有；请运行 mieco publish", "none yet; run 'mieco publish'")
