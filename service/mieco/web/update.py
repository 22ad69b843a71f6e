"""``/update``: changes by the SPARQL 1.1 Protocol."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request

from mieco.access.holders import Holder
from mieco.changes import Change, Update
from mieco.errors import BadParameter, PreconditionFailed, Text
from mieco.federation.loads import fetch_loads
from mieco.federation.services import ask_remotes
from mieco.present.formats import GRAPH_FORMATS
from mieco.temporary import temporary_folder
from mieco.web.access import bearer
from mieco.web.audited import audited, told
from mieco.web.protocol import absolute, check_size, deadline, operation_text, parameters
from mieco.web.release import refuse_release
from mieco.web.service import service
from mieco.writer import Written, make

blueprint = Blueprint("update", __name__)

_DIRECT = "application/sparql-update"
# How long an answer waits for readers to see the change that it tells of.
_SEEN_SECONDS = 30.0


@blueprint.post("/update")
def update() -> Response:
    """The update operation (SPARQL 1.1 Protocol §2.2): by form, or direct."""
    holder = bearer("contributor")
    text, base = operation_text("update", _DIRECT), request.base_url
    check_size(text, service().settings.max_upload * 1024)
    outside, seconds = service().outside, deadline()
    with temporary_folder() as folder:
        change = Update(
            text,
            base,
            absolute(parameters().getlist("using-graph-uri")),
            absolute(parameters().getlist("using-named-graph-uri")),
            ask_remotes(text, base, outside, seconds=seconds),
            fetch_loads(text, base, outside, Path(folder), seconds=seconds),
        )
        return written(make_change(change, holder, seconds), 204)


def make_change(change: Change, holder: Holder, seconds: float) -> Written:
    """Makes a change as the request of a holder asks: If-Match, and ``clashes=accept``."""
    refuse_release()
    asked = parameters().get("clashes", "refuse")
    if asked not in ("accept", "refuse"):
        raise BadParameter(
            name="clashes",
            reason=Text(f"没有“{asked}”", f"there is no '{asked}'"),
            allowed="accept, refuse",
        )
    if asked == "accept":
        holder.grant.demand("publisher")
    expected = _expected_release()
    with audited(holder, **told(change)) as outcome:
        made = make(
            change,
            service().settings,
            seconds=seconds,
            expected=expected,
            accept_clashes=asked == "accept",
            grant=holder.grant,
        )
        outcome["release"] = made.release
    return made


def _expected_release() -> int | None:
    """The release that If-Match asks for (RFC 9110 §13.1.1); raises PreconditionFailed.

    The tag of any graph names it, in whatever format the graph was fetched.
    """
    if not request.if_match or request.if_match.star_tag:
        return None
    with service().engine.use() as (_, release):
        number = release.manifest.number
    forms = [f"{number}-{form.name}" for form in GRAPH_FORMATS]
    if not any(request.if_match.contains(tag) for f in forms for tag in (f, f"{f}-gzip")):
        raise PreconditionFailed
    return number


def written(made: Written, status: int) -> Response:
    """The answer to a change, given when the next request of its receiver sees the change."""
    service().engine.await_current(seconds=_SEEN_SECONDS)
    response = Response(status=status, headers={"Mieco-Release": str(made.release)})
    del response.headers["Content-Type"]  # of nothing
    return response
