"""``mieco doctor``: is all well with this installation, and what can be mended?"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from mieco.backup.repository import Repository
from mieco.doctor.condition import condition_of
from mieco.doctor.examining import examine
from mieco.doctor.repairing import Loss, repair
from mieco.engine.far import Far
from mieco.engine.probing import probes
from mieco.errors import BadParameter, BadRelease, NewerRelease, Text
from mieco.progress_bar import progress_bar
from mieco.releases import Release, Releases
from mieco.settings import Settings, read_settings
from mieco.terminal import data_option, language, mark, say


@click.command()
@click.option(
    "--quick",
    is_flag=True,
    help="只看文件大小，不核对内容 / look at the sizes of files only, not at what is in them",
)
@click.option(
    "--repair",
    "mend",
    is_flag=True,
    help="修复可以修复的，并记入审计日志 / mend what can be mended, and enter it in the audit log",
)
@click.option(
    "--from",
    "backups",
    metavar="DEST",
    type=click.Path(path_type=Path, file_okay=False),
    help="修复时从这些备份取回原来的文件 / with --repair: take what files were from these backups",
)
@data_option
@click.pass_context
def doctor(
    ctx: click.Context, data: Path | None, backups: Path | None, *, quick: bool, mend: bool
) -> None:
    """检查发布、日志、令牌、磁盘和引擎，逐项列出；有问题时退出码为 1。

    Look at releases, log, tokens, disk and engine, one thing after the other; exit code 1 if any is
    not well.  With --repair what is told is how things are after that.
    """
    if backups and not mend:
        raise BadParameter(
            name="--from",
            reason=Text("只与 --repair 并用", "goes with --repair only"),
            allowed=Text("两者一起", "both"),
        )
    settings = read_settings(os.environ, {"data": data})
    releases = Releases.of(settings)
    _demand_known(releases)
    well = True
    with progress_bar() as progress:
        if mend:
            repository = Repository(backups) if backups else None
            for done in repair(releases, partial(condition_of, releases), repository):
                say(done)
                well = well and not isinstance(done, Loss)
        condition = condition_of(releases, progress, quick=quick)
    for each in examine(releases, condition):
        _tell(each.what, each.found, well=each.well)
        well = well and each.well
    if not settings.engine:
        _tell(Text("引擎", "engine"), Text("自带引擎", "the own one"), well=True)
    else:
        well = _engine(settings, condition.release) and well
    ctx.exit(0 if well else 1)


def _demand_known(releases: Releases) -> None:
    """Raises NewerRelease for a directory of a later version, in which there is nothing to mend:
    what this one cannot read is no damage."""
    for number in releases.numbers():
        try:
            releases.open(number)
        except NewerRelease:
            raise
        except BadRelease:
            continue  # of which the examination tells


def _engine(settings: Settings, release: Release | None) -> bool:
    far = Far(settings)
    well = True
    for probe in probes(far, release):
        _tell(probe.what, probe.found, well=probe.well)
        well = well and probe.well
    far.close()
    return well


def _tell(what: Text, found: Text, *, well: bool) -> None:
    spoken = language()
    colon = "：" if spoken == "zh" else ": "
    click.echo(f"{mark(well=well)} {what.in_(spoken)}{colon}{found.in_(spoken)}")
