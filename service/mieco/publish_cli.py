"""``mieco publish``: the source tables, checked and made into a release."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco.audit import AuditLog, operator
from mieco.check_cli import say_counts, tables_folder
from mieco.errors import Text
from mieco.progress_bar import progress_bar
from mieco.publish.tables import publish_tables
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import data_option, say


@click.command()
@click.argument("tables", type=click.Path(path_type=Path), required=False)
@click.option(
    "--accept-clashes",
    is_flag=True,
    help="即使数据与本体矛盾也发布 / publish even if the data contradict the ontology",
)
@data_option
def publish(tables: Path | None, *, accept_clashes: bool, data: Path | None) -> None:
    """检查源表并发布。/ Check the source TABLES (a folder; ours if not given) and publish them."""
    settings = read_settings(os.environ, {"data": data})
    log = AuditLog(settings.data)
    with progress_bar() as progress:
        with log.act(operator(), "publish", accept_clashes=accept_clashes) as entered:
            publication = publish_tables(
                Releases.of(settings),
                tables_folder(tables),
                say,
                accept_clashes=accept_clashes,
                progress=progress,
            )
            entered["release"] = publication.release.manifest.number
        go_live(settings, publication.release.manifest.number, progress, keep=True)
    say_counts(publication.report)
    manifest = publication.release.manifest
    if publication.fresh:
        done = Text(
            f"已发布 {manifest.number}：{manifest.triples} 条三元组，位于 {settings.data}",
            f"published release {manifest.number}: {manifest.triples} triples, in {settings.data}",
        )
    else:
        done = Text(
            f"内容没有变化，发布 {manifest.number} 保持不变",
            f"nothing has changed; release {manifest.number} stands",
        )
    say(done)
    if settings.engine:
        say(Text(f"由 {settings.engine} 作答", f"{settings.engine} answers from it"))
