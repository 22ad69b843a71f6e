"""``mieco serve``: the service, on a release that is published first if there is none."""

from __future__ import annotations

import os
from typing import Any

import click

from mieco import content
from mieco.audit import AuditLog, operator
from mieco.errors import Text
from mieco.publish.change import publish_nothing
from mieco.publish.own import is_stale
from mieco.publish.tables import publish_tables
from mieco.push.live import finish_switch, go_live
from mieco.releases import Releases
from mieco.scratch import scratch
from mieco.settings import Settings, read_settings
from mieco.terminal import data_option
from mieco.web.listening import check_port
from mieco.web.serve import announcer, check_release, check_start, check_writing
from mieco.web.serve import serve as serve_forever


@click.command()
@click.option("--host", help="监听的地址 / address to listen on")
@click.option("--port", type=int, help="监听的端口 / port to listen on")
@data_option
@click.option(
    "--read-only",
    is_flag=True,
    default=None,
    help="不接受写入，也不写数据目录 / take no changes, and write nothing into the directory",
)
@click.option(
    "--empty", is_flag=True, default=None, help="不装入本体和数据 / start without ontology and data"
)
@click.option(
    "--default-graph",
    type=click.Choice(["union", "strict"]),
    help="查询的默认图 / default graph of a query",
)
@click.option(
    "--check",
    is_flag=True,
    help="只检查能否启动 / only look whether the service could start",
)
def serve(*, check: bool, **options: Any) -> None:
    """启动服务，必要时先发布随附的数据。/ Start the service; publish the data first if need be."""
    settings = read_settings(os.environ, options)
    check_start(settings)
    if check:
        _check(settings)
        return
    check_port(settings)
    say = announcer(settings)
    releases = Releases.of(settings)
    if not settings.read_only and releases.current_if_any() is None:
        where = settings.data
        say(Text(f"{where} 中还没有发布，现在生成", f"no release in {where} yet; building it"))
        with AuditLog(settings.data).act(operator(), "publish") as entered:
            if settings.empty:
                made = publish_nothing(releases)
            else:
                made = publish_tables(releases, content.folder("data"), say).release
            entered["release"] = made.manifest.number
        go_live(settings, made.manifest.number, keep=True)
    if not settings.read_only:
        finish_switch(settings)
    release = releases.current()
    number, triples = release.manifest.number, release.manifest.triples
    say(
        Text(
            f"发布 {number}（{triples} 条三元组），位于 {settings.data}",
            f"release {number} ({triples} triples) in {settings.data}",
        )
    )
    if is_stale(release):
        say(
            Text(
                "此发布由另一版本的本体或规则生成；运行 mieco publish 可重新生成",
                "this release was made with another ontology or rules; 'mieco publish' renews it",
            )
        )
    if settings.read_only:
        where = scratch(settings)
        say(
            Text(
                f"只读：不接受写入，可以重新生成的文件放在 {where}",
                f"read-only: takes no changes; what can be made again is kept in {where}",
            )
        )
    elif not os.access(settings.data, os.W_OK):
        say(
            Text(
                f"{settings.data} 不可写：请加 --read-only（MIECO_READ_ONLY）",
                f"{settings.data} cannot be written: add --read-only (MIECO_READ_ONLY)",
            )
        )
    serve_forever(settings)


def _check(settings: Settings) -> None:
    """Could the service start, and take changes if it is to?  What it would publish is not made."""
    if settings.read_only:
        check_release(settings)
        return
    check_writing(settings)
    if Releases.of(settings).current_if_any() is not None:
        check_release(settings)
