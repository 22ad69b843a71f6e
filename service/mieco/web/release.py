"""Which release a request asks for: ``release=N``, the data as they were then.

Reads that are about no release, and all writes, refuse the parameter: to pass over it would be
to answer something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, g, request

from mieco.errors import BadParameter, Text
from mieco.manifest import Manifest
from mieco.releases import Release
from mieco.web.place import here
from mieco.web.protocol import parameters
from mieco.web.service import service

PARAMETER = "release"
_NUMBER = re.compile(r"[0-9]{1,9}")
_SAFE = ("GET", "HEAD", "OPTIONS")
# What is of no release: whole blueprints, and views of others.  The second are written too.
_TIMELESS = (
    "admin",
    "changes",
    "conformance",
    "downloads",
    "health",
    "import_changes",
    "imports",
    "json_ld",
    "maps.boundaries",
    "metrics",
    "openapi",
    "questions.catalogue",
    "report",
    "sign_in",
    "snapshots",
    "update",
    "workbook_template",
)
_WRITTEN = ("graph_store",)
# Where the parameter means something of their own.
_OTHERWISE = ("import_changes.undo", "imports.index")


@dataclass(frozen=True, slots=True)
class Past:
    """A release that is not the current one: what a page says of it, and where to go on."""

    manifest: Manifest
    current: int | None

    @property
    def now(self) -> str:
        """The address of the same page in the current release."""
        kept = [(k, v) for k, v in request.args.items(multi=True) if k != PARAMETER]
        return f"{here()}?{urlencode(kept)}" if kept else here()


def init_app(app: Flask) -> None:
    """Refuses a release that cannot be had, and keeps the links of a page within a past one."""
    app.before_request(_check)
    app.context_processor(lambda: {"past": past()})
    app.url_defaults(_stay)


def asked_release() -> Release | None:
    """The release that ``release=`` names; ``None`` without one.

    Raises BadParameter, NotFound or BadRelease.
    """
    if "asked" not in g:
        g.asked = _find_asked()
    return cast("Release | None", g.asked)


def _find_asked() -> Release | None:
    texts = parameters().getlist(PARAMETER)
    if not texts:
        return None
    if len(texts) > 1 or not _NUMBER.fullmatch(texts[0]):
        given = ", ".join(texts)
        raise BadParameter(
            name=PARAMETER,
            reason=Text(f"“{given}”不是发布的编号", f"'{given}' is not the number of a release"),
            allowed=Text("一个发布的编号，如 1", "the number of one release, such as 1"),
        )
    return service().releases.open(int(texts[0]))


def past() -> Past | None:
    """The release that was asked for, if it is there and not the current one."""
    asked: Release | None = g.get("asked")
    if asked is None:
        return None
    if "past" not in g:
        current = service().releases.current_number()
        g.past = Past(asked.manifest, current) if asked.manifest.number != current else None
    return cast("Past | None", g.past)


def refuse_release() -> None:
    """Raises BadParameter if the request names a release although it is about none."""
    if PARAMETER in parameters():
        raise BadParameter(
            name=PARAMETER,
            reason=Text(
                "这里没有以前的发布可选", "no release can be chosen here: this is about the present"
            ),
            allowed=Text("只用于读取数据", "where data are read"),
        )


def _check() -> None:
    """Before anything is done: a name in the address that cannot be honoured."""
    if (
        PARAMETER not in request.args
        or request.method == "OPTIONS"
        or request.endpoint in (None, "static", *_OTHERWISE)
    ):
        return
    written = request.blueprint in _WRITTEN and request.method not in _SAFE
    if written or _is_timeless(request.endpoint):
        refuse_release()
    asked_release()


def _stay(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a page of a past release stay in it."""
    if endpoint != "static" and not _is_timeless(endpoint) and (there := past()):
        values.setdefault(PARAMETER, there.manifest.number)


def _is_timeless(endpoint: str) -> bool:
    return endpoint in _TIMELESS or endpoint.partition(".")[0] in _TIMELESS
