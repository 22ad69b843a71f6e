"""``/import/undo`` and ``/import/batches``: taking back what was published."""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from mieco.errors import BadParameter, NothingToUndo, Text
from mieco.present.formats import HTML, JSON
from mieco.web.audited import audited
from mieco.web.import_pages import told_batch, undoing
from mieco.web.reader import wanted
from mieco.web.service import service
from mieco.web.session import person
from mieco.web.sign_in import sent_to_sign_in, told_to_nobody
from mieco.web.update import written
from mieco.writer import Written
from mieco.writer import delete as delete_batch
from mieco.writer import undo as undo_release

blueprint = Blueprint("import_changes", __name__)
blueprint.after_request(told_to_nobody)


_NUMBER = re.compile(r"[0-9]{1,9}")


@blueprint.get("/import/undo")
def ask_undo() -> Response:
    """From which release to which, and what differs: to be confirmed."""
    if sent := sent_to_sign_in():
        return sent
    person("publisher")
    current = service().releases.current()
    to = undoing(current)
    if to is None:
        raise NothingToUndo
    if wanted((JSON, HTML)) is JSON:
        return jsonify({"release": current.manifest.number, "undo": to})
    page = render_template("import_undo.html", number=current.manifest.number, to=to)
    return make_response(page)


@blueprint.post("/import/undo")
def undo() -> AnyResponse:
    """Returns to the release before; with ``release=``, only from that one."""
    holder = person("publisher")
    asked = request.values.get("release")
    if asked is not None and not _NUMBER.fullmatch(asked):
        raise BadParameter(
            name="release",
            reason=Text(f"“{asked}”不是发布的编号", f"'{asked}' is not the number of a release"),
            allowed=Text("当前发布的编号", "the number of the current release"),
        )
    seconds = service().settings.max_timeout
    expected = int(asked) if asked is not None else None
    with audited(holder, "undo", expected=expected) as outcome:
        made = undo_release(service().settings, seconds=seconds, expected=expected)
        outcome.update(release=made.release, undone=made.undone)
    return _done(made)


@blueprint.get("/import/batches/<owner>/<name>")
def ask_delete(owner: str, name: str) -> Response:
    """A batch, which may be deleted."""
    if sent := sent_to_sign_in():
        return sent
    person("contributor")
    batch = told_batch(service().releases.current(), f"{owner}/{name}")
    if wanted((JSON, HTML)) is JSON:
        return jsonify(batch)
    return make_response(render_template("import_delete.html", batch=batch))


@blueprint.route("/import/batches/<owner>/<name>", methods=["POST", "DELETE"])
def delete(owner: str, name: str) -> AnyResponse:
    """Deletes a batch: exactly its facts.  POST is what a form can do."""
    holder = person("contributor")
    seconds = service().settings.max_timeout
    with audited(holder, "delete-batch", batch=f"{owner}/{name}") as outcome:
        made = delete_batch(service().settings, owner, name, seconds=seconds, grant=holder.grant)
        outcome["release"] = made.release
    return _done(made, deleted=f"{owner}/{name}")


def _done(made: Written, deleted: str | None = None) -> AnyResponse:
    """The answer when the next request sees what was done; a page then says it."""
    response = written(made, 204)
    if request.method == "POST" and wanted((JSON, HTML)) is HTML:
        return redirect(url_for("imports.index", release=made.release, deleted=deleted), 303)
    return response
