"""``mieco backup``, ``restore`` and ``verify``: the data directory, saved and brought back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco import checksums
from mieco.backup.repository import Repository
from mieco.backup.restoring import restore as restored
from mieco.backup.saving import Saved, save
from mieco.backup.verifying import Looked, verify_backups, verify_releases
from mieco.checksums import Damage
from mieco.errors import BadParameter, Text
from mieco.progress_bar import progress_bar
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, language, mark, say

_MB = 1_000_000
# So many lines are named.
_TOLD = 5


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="只保留最近几次备份 / keep the last so many backups only",
)
@click.option(
    "--check",
    is_flag=True,
    help="同时核对这里的每个文件 / compare every file here with its checksum, too",
)
@data_option
@click.pass_context
def backup(
    ctx: click.Context, destination: Path, keep: int | None, data: Path | None, *, check: bool
) -> None:
    """把数据目录备份到 DEST，只写新的内容；服务不必停。/ Back the data directory up into DEST.

    退出码 1：有文件损坏，见各行；3：没有做成备份，以前的备份保持完好。
    Only what is new is written; the service may go on. Exit code 1: files are damaged, as told;
    3: there is no new backup, and the earlier ones are whole.
    """
    folder = read_settings(os.environ, {"data": data}).data
    if destination.resolve().is_relative_to(folder.resolve()):
        raise BadParameter(
            name="DEST",
            reason=Text("它在数据目录之内", "it is within the data directory"),
            allowed=Text("另一处的目录，最好在另一块磁盘上", "a folder elsewhere, on another disk"),
        )
    repository = Repository(destination)
    with progress_bar() as progress:
        made = save(
            Releases(folder), repository, thorough=check, progress=progress, waiting=_say_waiting
        )
    for damage in made.damaged:
        _say_damage(damage)
    if made.faults:
        lines = ", ".join(str(fault.line) for fault in made.faults[:_TOLD])
        say(
            Text(
                f"审计日志有 {len(made.faults)} 处不符（第 {lines} 行），已原样备份；"
                "见 mieco audit verify",
                f"{len(made.faults)} lines of the audit log are not as they were written ({lines});"
                " they are saved as they are; see 'mieco audit verify'",
            )
        )
    _say_saved(made, destination)
    if keep and not made.left_out:
        with repository.writing(_say_waiting):
            names = repository.names()[:-keep]
            freed = repository.drop(names)
        if names:
            said = f"{len(names)}", f"{freed / _MB:.1f}"
            say(
                Text(
                    f"已删去较早的 {said[0]} 次备份，腾出 {said[1]} MB",
                    f"{said[0]} earlier backups are gone, {said[1]} MB free",
                )
            )
    ctx.exit(1 if made.damaged or made.faults else 0)


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--at",
    metavar="NAME",
    help="哪次备份，可只写开头，默认最近一次 / the last backup whose name begins so",
)
@data_option
def restore(destination: Path, at: str | None, data: Path | None) -> None:
    """把 DEST 中的备份恢复到一个空目录。/ Restore a backup of DEST into an empty directory.

    从不覆盖已有的文件；每个文件都与其 SHA-256 核对。
    Nothing that is there is replaced; every file is compared with its SHA-256.
    """
    folder = read_settings(os.environ, {"data": data}).data
    with progress_bar() as progress:
        done = restored(
            Repository(destination), folder, at, progress=progress, waiting=_say_waiting
        )
    count, size = len(done.backup.releases), f"{done.backup.size / _MB:.1f}"
    current = done.backup.release
    say(
        Text(
            f"已把备份 {done.name} 恢复到 {folder}：{count} 个发布，当前为 {current}，共 {size} MB",
            f"restored backup {done.name} into {folder}:"
            f" {count} releases, of which {current} is current, {size} MB",
        )
    )


@click.command()
@click.argument(
    "destination",
    metavar="[DEST]",
    type=click.Path(path_type=Path, file_okay=False),
    required=False,
)
@data_option
@click.pass_context
def verify(ctx: click.Context, destination: Path | None, data: Path | None) -> None:
    """核对数据目录中的发布，或 DEST 中的备份；有损坏时退出码为 1。

    Compare the releases of the data directory, or the backups in DEST, with their checksums; exit
    code 1 if anything is damaged.
    """
    with progress_bar() as progress:
        if destination:
            found = list(verify_backups(Repository(destination), progress, _say_waiting))
        else:
            folder = read_settings(os.environ, {"data": data}).data
            found = list(verify_releases(Releases(folder), progress))
    for looked in found:
        click.echo(_told(looked))
    if not found:
        say(Text("没有可核对的", "there is nothing to compare"))
    ctx.exit(0 if found and all(looked.whole for looked in found) else 1)


def _told(looked: Looked) -> str:
    spoken = language()
    if looked.backup:
        count, size = len(looked.backup.releases), f"{looked.backup.size / _MB:.1f} MB"
        about = Text(
            f"备份 {looked.name}：{count} 个发布，当前为 {looked.backup.release}，{size}",
            f"backup {looked.name}: {count} releases, current {looked.backup.release}, {size}",
        )
    else:
        about = Text(f"{looked.name}", f"{looked.name}")
    if looked.unread:
        what = Text("读不出来", "cannot be read")
    elif looked.damaged:
        what = checksums.in_words(looked.damaged)
    elif not looked.listed:
        what = Text("没有校验和（由较早的版本发布）", "has no checksums (of an earlier version)")
    else:
        what = Text("完好", "whole")
    comma = "，" if spoken == "zh" else ", "
    return f"{mark(well=looked.whole)} {about.in_(spoken)}{comma}{what.in_(spoken)}"


def _say_damage(damage: Damage) -> None:
    said = checksums.in_words([damage])
    say(Text(f"已损坏：{said.zh}", f"damaged: {said.en}"))


def _say_saved(made: Saved, destination: Path) -> None:
    size, written = (f"{each / _MB:.1f}" for each in (made.backup.size, made.written))
    count, current = len(made.backup.releases), made.backup.release
    say(
        Text(
            f"备份 {made.name} 已写入 {destination}：{count} 个发布，当前为 {current}，"
            f"共 {size} MB，其中新写 {written} MB",
            f"backup {made.name} is in {destination}: {count} releases, current {current},"
            f" {size} MB, of which {written} MB are new",
        )
    )
    if made.left_out:
        numbers = ", ".join(map(str, made.left_out))
        say(
            Text(
                f"其中没有已损坏的发布：{numbers}；较早的备份都已保留",
                f"damaged releases are not in it: {numbers}; earlier backups are kept",
            )
        )


def _say_waiting() -> None:
    say(
        Text(
            "另一个命令正在使用这些备份，等它结束 …",
            "another command is using these backups; waiting …",
        )
    )
