"""``/admin``: tokens, and the audit log, for administrators."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask import url_for as address_of
from werkzeug.wrappers import Response as AnyResponse

from mieco.access.grants import ROLES
from mieco.access.tokens import Token
from mieco.ask.consortia import unknown_keys
from mieco.errors import BadParameter, BadRequest, MiecoError, Text
from mieco.present.formats import HTML, JSON
from mieco.web.audited import audited
from mieco.web.reader import wanted
from mieco.web.service import service
from mieco.web.session import person
from mieco.web.sign_in import sent_to_sign_in, told_to_nobody

blueprint = Blueprint("admin", __name__)
blueprint.after_request(told_to_nobody)

_SHOWN = 100
_DAYS = 365


@blueprint.get("/admin")
def index() -> Response:
    """The tokens that were given out, and the end of the audit log."""
    if sent := sent_to_sign_in():
        return sent
    holder = person("administrator")
    told = {"tokens": _tokens(), "audit": _log()}
    if wanted((JSON, HTML)) is JSON:
        return jsonify(told)
    page = render_template(
        "admin.html", **told, holder=holder, roles=ROLES, days=_DAYS, settings=service().settings
    )
    return make_response(page)


@blueprint.get("/admin/tokens")
def tokens() -> AnyResponse:
    """The tokens that were given out; a browser sees them on the page of all."""
    if wanted((JSON, HTML)) is HTML:
        return redirect(address_of("admin.index"), 303)
    person("administrator")
    return jsonify({"tokens": _tokens()})


@blueprint.post("/admin/tokens")
def create() -> Response:
    """A new token, told this once."""
    holder = person("administrator")
    given = _given()
    about = {name: given[name] for name in ("name", "role", "owners", "days")}
    with audited(holder, "create-token", **about) as outcome:
        token, text = service().holders.tokens.create(**given)
        outcome["token"] = token.id
    unknown = _unknown_owners(token)
    if wanted((JSON, HTML)) is JSON:
        told = {**_told(token), "token": text, "unknown_owners": unknown}
        return make_response(jsonify(told), 201)
    page = render_template("token.html", token=token, text=text, unknown=unknown)
    return make_response(page, 201)


def _unknown_owners(token: Token) -> dict[str, Sequence[str]]:
    """Its consortia that the current release has not, each with keys that are like it."""
    # The token is given out, whether or not there is a release that can be asked.
    with contextlib.suppress(MiecoError):
        if token.owners:
            with service().engine.use() as (engine, _):
                return unknown_keys(engine, token.owners, seconds=service().settings.timeout)
    return {}


@blueprint.route("/admin/tokens/<key>", methods=["POST", "DELETE"])
def revoke(key: str) -> AnyResponse:
    """Revokes a token.  POST is what a form can do."""
    holder = person("administrator")
    with audited(holder, "revoke-token", token=key):
        service().holders.tokens.revoke(key)
    if request.method == "POST" and wanted((JSON, HTML)) is HTML:
        return redirect(address_of("admin.index"), 303)
    return Response(status=204)


@blueprint.get("/admin/audit")
def audit() -> AnyResponse:
    """The end of the audit log, and whether all of it is as it was written."""
    if wanted((JSON, HTML)) is HTML:
        return redirect(address_of("admin.index"), 303)
    person("administrator")
    return jsonify(_log())


def _given() -> dict[str, Any]:
    """What a token is to be, by a form or as JSON.  Raises BadRequest or BadParameter."""
    if request.is_json:
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            raise BadRequest(reason=Text("应为 JSON 对象", "a JSON object is expected"))
        owners = given.get("owners", [])
    else:
        given = request.form.to_dict()
        owners = given.get("owners", "").split()
    days = given.get("days", _DAYS)
    texts = [given.get("name", ""), given.get("role", "")]
    if not isinstance(owners, list) or not all(isinstance(each, str) for each in texts + owners):
        raise BadRequest(
            reason=Text(
                "name、role 应为文字，owners 为文字的列表",
                "name and role are to be texts, owners a list of texts",
            )
        )
    if isinstance(days, bool) or not str(days).isdecimal():
        raise BadParameter(
            name="days", reason=Text("不是天数", "is no number of days"), allowed="0, 1, 2 …"
        )
    name, role = texts
    # A number of more digits is beyond what there is in any case.
    return {"name": name, "role": role, "owners": owners, "days": int(str(days)[:9])}


def _tokens() -> list[dict[str, Any]]:
    return [_told(token) for token in service().holders.tokens.all()]


def _told(token: Token) -> dict[str, Any]:
    """A token for a person or a program, without what proves it."""
    told = asdict(token)
    del told["sha256"]
    return {**told, "state": token.state(datetime.now(UTC))}


def _log() -> dict[str, Any]:
    log = service().audit
    last, count = deque[dict[str, Any]](maxlen=_SHOWN), 0
    for entry in log.entries():
        last.append(asdict(entry))
        count += 1
    return {
        "entries": list(reversed(last)),
        "count": count,
        "faults": [asdict(fault) for fault in log.faults()],
    }
