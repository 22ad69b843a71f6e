"""``mieco token``: give out tokens, list them, let them expire, revoke them."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from mieco.access.grants import ROLE_NAMES, ROLES
from mieco.access.tokens import Token, Tokens
from mieco.audit import AuditLog, operator
from mieco.errors import MiecoError, Text
from mieco.settings import Settings, read_settings
from mieco.terminal import data_option, language, print_table, say

_STATES = {
    "active": Text("有效", "active"),
    "expired": Text("已过期", "expired"),
    "revoked": Text("已吊销", "revoked"),
}


@click.group()
def token() -> None:
    """发放、列出、设定期限和吊销令牌。/ Give out, list, expire and revoke tokens."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    required=True,
    help="填报者、发布者或管理员 / what its holder may do",
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    help="填报者的联合体，可多次 / a contributor's consortium, by key; may be repeated",
)
@click.option(
    "--days",
    default=365,
    show_default=True,
    help="有效天数，0 为不过期 / until it expires; 0: never",
)
@data_option
def create(name: str, role: str, owners: tuple[str, ...], days: int, data: Path | None) -> None:
    """发放一个令牌，只在此时显示。/ Give out a token, which is shown this once."""
    settings = read_settings(os.environ, {"data": data})
    folder = settings.data
    about = {"name": name, "role": role, "owners": owners, "days": days}
    with AuditLog(folder).act(operator(), "create-token", **about) as outcome:
        made, text = Tokens(folder).create(name, role, owners, days)
        outcome["token"] = made.id
    say(
        Text(
            f"令牌 {made.id} 已发放给“{made.name}”。它只显示这一次：",
            f"token {made.id} is made for '{made.name}'. It is shown this once:",
        )
    )
    click.echo(text)
    if made.owners:
        _say_unknown(made, settings)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / print JSON")
@data_option
def list_(data: Path | None, *, as_json: bool) -> None:
    """列出发放过的令牌。/ List the tokens that were given out."""
    found = Tokens(read_settings(os.environ, {"data": data}).data).all()
    moment = datetime.now(UTC)
    if as_json:
        told = [{**asdict(each), "state": each.state(moment)} for each in found]
        for each in told:
            del each["sha256"]
        click.echo(json.dumps({"tokens": told}, ensure_ascii=False, indent=2))
        return
    spoken = language()
    heads = [
        Text("编号", "id"),
        Text("谁用", "for"),
        Text("角色", "role"),
        Text("联合体", "consortia"),
        Text("发放", "created"),
        Text("到期", "expires"),
        Text("状态", "state"),
    ]
    rows = [
        [
            each.id,
            each.name,
            ROLE_NAMES[each.role].in_(spoken),
            " ".join(each.owners),
            each.created,
            each.expires,
            _STATES[each.state(moment)].in_(spoken),
        ]
        for each in found
    ]
    print_table([head.in_(spoken) for head in heads], rows)


@token.command()
@click.argument("key", metavar="ID")
@data_option
def revoke(key: str, data: Path | None) -> None:
    """吊销一个令牌，立即生效。/ Revoke a token, from now on."""
    folder = read_settings(os.environ, {"data": data}).data
    with AuditLog(folder).act(operator(), "revoke-token", token=key):
        revoked = Tokens(folder).revoke(key)
    _say_of(revoked, Text("已吊销", "is revoked"))


@token.command()
@click.argument("key", metavar="ID")
@click.option(
    "--on",
    "day",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="到期日（UTC），默认现在 / the day on which it expires (UTC); now if not given",
)
@data_option
def expire(key: str, day: datetime | None, data: Path | None) -> None:
    """给令牌设定到期日。/ Have a token expire on a day."""
    folder = read_settings(os.environ, {"data": data}).data
    moment = day.replace(tzinfo=UTC) if day else datetime.now(UTC)
    with AuditLog(folder).act(operator(), "expire-token", token=key, on=moment.isoformat()):
        token = Tokens(folder).expire(key, moment)
    what = Text(f"于 {token.expires} 到期", f"expires at {token.expires}")
    if token.revoked:
        what = Text(
            f"{what.zh}，但已于 {token.revoked} 吊销，仍然无效",
            f"{what.en}, but was revoked at {token.revoked} and stays so",
        )
    _say_of(token, what)


def _say_unknown(token: Token, settings: Settings) -> None:
    """Says which of its consortia the current release has not: such a key may be mistyped."""
    from mieco.ask.consortia import unknown_keys  # slow to load, and no other command needs it
    from mieco.opened import opened_engine

    # The token is given out, whether or not there is a release that can be asked.
    with contextlib.suppress(MiecoError), opened_engine(settings) as (engine, _):
        for key, near in unknown_keys(engine, token.owners, seconds=settings.timeout).items():
            like = Text(f"相近的有：{'、'.join(near)}。", f" Like it: {', '.join(near)}.")
            say(
                Text(
                    f"当前发布中没有代码为“{key}”的联合体。{like.zh if near else ''}",
                    f"the current release has no consortium '{key}'.{like.en if near else ''}",
                )
            )


def _say_of(token: Token, what: Text) -> None:
    say(
        Text(
            f"令牌 {token.id}（{token.name}）{what.zh}",
            f"token {token.id} ({token.name}) {what.en}",
        )
    )
