"""``mieco push``: a release sent to the engine of ``MIECO_ENGINE``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mieco.errors import BadSetting, Text
from mieco.progress_bar import progress_bar
from mieco.push.live import go_live
from mieco.releases import Releases
from mieco.setting_checks import variable
from mieco.settings import read_settings
from mieco.terminal import data_option, release_option, say


@click.command()
@release_option
@data_option
def push(*, release: int | None, data: Path | None) -> None:
    """把发布送到 MIECO_ENGINE 所指的引擎并切换；中断后再运行会接着送完。

    Send a release to the engine of MIECO_ENGINE and switch to it; after an interruption it goes on.
    """
    settings = read_settings(os.environ, {"data": data})
    if not settings.engine:
        raise BadSetting(
            name=variable("engine"), value="", reason=Text("没有设置", "it is not set")
        )
    number = release or Releases.of(settings).current().manifest.number
    with progress_bar() as progress:
        go_live(settings, number, progress, keep=True)
    say(Text(f"引擎中现在是发布 {number}", f"the engine holds release {number} now"))
