"""``mieco settings``: every setting and its effective value."""

from __future__ import annotations

import os

import click

from mieco.errors import Text
from mieco.settings import describe, read_settings
from mieco.terminal import language, print_table


@click.command()
def settings() -> None:
    """列出全部设置及其取值。/ List every setting and its effective value."""
    spoken = language()
    rows = [
        [name, value, default, about.in_(spoken)]
        for name, value, default, about in describe(read_settings(os.environ))
    ]
    heads = Text("变量|取值|默认|说明", "variable|value|default|meaning").in_(spoken)
    print_table(heads.split("|"), rows)
