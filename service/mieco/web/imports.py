"""``/import``: upload, look at what was found and what would change, publish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import IO

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from mieco.access.holders import Holder
from mieco.deliveries import REPORT, Upload, marked_name, not_there
from mieco.errors import (
    BadParameter,
    BadRequest,
    ImportNotReady,
    ImportStale,
    NotFound,
    Text,
    UnsupportedMediaType,
)
from mieco.present.formats import HTML, JSON, XLSX
from mieco.web.audited import actor, told_upload
from mieco.web.import_pages import STATES, as_json, as_page, may_see, overview
from mieco.web.protocol import FORM
from mieco.web.reader import wanted
from mieco.web.service import service
from mieco.web.session import person, signed_in
from mieco.web.sign_in import sent_to_sign_in, told_to_nobody

blueprint = Blueprint("imports", __name__)

_MULTIPART = "multipart/form-data"
_ANY = "application/octet-stream"
_MOST_FILES = 50
_LONGEST = 200


blueprint.after_request(told_to_nobody)


@blueprint.get("/import")
def index() -> Response:
    """What importing is; to who may import, what was imported too."""
    if wanted((JSON, HTML)) is HTML:
        return make_response(_front_page())
    return jsonify(overview(as_json, person("contributor")))


def _front_page() -> str:
    enabled = service().holders.any()
    holder = signed_in() if enabled else None
    return render_template(
        "import.html",
        enabled=enabled,
        holder=holder,
        read_only=service().settings.read_only,
        origin=service().releases.origin(),
        known=overview(as_page, holder) if holder else None,
        states=STATES,
        most=service().settings.max_upload,
    )


@blueprint.post("/import")
def upload() -> AnyResponse:
    """Takes files: a form with parts named ``file``, or the one file itself."""
    holder = person("contributor")
    files = _files()
    fields = request.form if request.mimetype == _MULTIPART else request.args
    made = service().deliveries.receive(
        files,
        consortium=_short("consortium", fields.get("consortium", "")),
        batch=_short("batch", fields.get("batch", "")),
        by=_short("by", fields.get("by", "")),
        holder=holder,
    )
    service().audit.add(actor(holder), "deliver", **told_upload(made))
    service().imports.add(made)
    return _taken(made)


def _files() -> Sequence[tuple[str, IO[bytes]]]:
    """Names and contents of what was sent.  Raises BadRequest or UnsupportedMediaType."""
    if request.mimetype == FORM:
        raise UnsupportedMediaType(given=FORM, offered=f"{_MULTIPART}, {_ANY}")
    if request.mimetype == _MULTIPART:
        found = [(file.filename, file.stream) for file in request.files.getlist("file")]
    else:
        found = [(request.args.get("filename"), request.stream)]
    files = [(_file_name(name), content) for name, content in found if name]
    if not files:
        raise BadRequest(reason=Text("没有文件", "there is no file, or it has no name"))
    if len(files) > _MOST_FILES:
        raise BadRequest(
            reason=Text(f"一次最多 {_MOST_FILES} 个文件", f"at most {_MOST_FILES} files at once")
        )
    names = [name for name, _ in files]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(
                reason=Text(f"有两个文件都叫“{name}”", f"two files are called '{name}'")
            )
    return files


def _file_name(given: str) -> str:
    """What a file was called, without the folders that some browsers tell."""
    name = PurePosixPath(given.replace("\\", "/")).name
    return _short("filename", "".join(c for c in name if c.isprintable())) or "file"


def _short(name: str, text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST:
        raise BadParameter(
            name=name,
            reason=Text("太长", "is too long"),
            allowed=Text(f"至多 {_LONGEST} 个字", f"at most {_LONGEST} characters"),
        )
    return text


def _taken(made: Upload) -> AnyResponse:
    """The answer to what will be worked on: where to look for what comes of it."""
    where = url_for("imports.show", key=made.id)
    if wanted((JSON, HTML)) is HTML:
        return _see_other(where)
    response = make_response(jsonify(as_json(made)), 202)
    response.headers["Location"] = where
    return response


def _see_other(where: str) -> Response:
    return make_response(redirect(where, 303))


@blueprint.get("/import/<key>")
def show(key: str) -> AnyResponse:
    """How far a delivery is, and all that was found."""
    if sent := sent_to_sign_in():
        return sent
    holder = person("contributor")
    found = _delivery(key, holder)
    if wanted((JSON, HTML)) is HTML:
        return make_response(
            render_template("import_delivery.html", holder=holder, **as_page(found, whole=True))
        )
    return jsonify(as_json(found, whole=True))


def _delivery(key: str, holder: Holder) -> Upload:
    """A delivery that a holder may see.  Raises NotFound."""
    found = service().deliveries.get(key)
    if not may_see(holder, found):
        raise not_there(key)
    return found


@blueprint.get("/import/<key>/report.json")
def report(key: str) -> Response:
    _delivery(key, person("contributor"))
    return _file(key, REPORT, JSON.media_type, REPORT, attached=False)


@blueprint.get("/import/<key>/marked.xlsx")
def marked(key: str) -> Response:
    """The file that was delivered with what was found in it; of several the ``?file=2``nd."""
    found = _delivery(key, person("contributor"))
    number = request.args.get("file", type=int) or next(iter(found.marked), 0)
    if number not in found.marked:
        raise NotFound(what=Text("标注过的文件", "marked file"), name=str(number), near="")
    name = f"{PurePosixPath(found.files[number - 1].name).stem}-marked.xlsx"
    return _file(key, marked_name(number), XLSX.media_type, name, attached=True)


def _file(key: str, name: str, media_type: str, shown: str, *, attached: bool) -> Response:
    path = service().deliveries.folder_of(key) / name
    if not path.is_file():
        raise NotFound(what=Text("文件", "file"), name=name, near="")
    return send_file(path, media_type, as_attachment=attached, download_name=shown)


@blueprint.post("/import/<key>/publish")
def publish(key: str) -> AnyResponse:
    """Publishes exactly what was previewed, or compares anew where the data have changed."""
    holder = person("contributor")
    deliveries = service().deliveries
    found = _delivery(key, holder)
    if found.graph:
        holder.grant.demand_graph(found.graph)
    if found.state == "ready" and found.base != service().releases.current_number():
        if again := deliveries.start(key, "check", ["ready"], holder):
            service().imports.add(deliveries.change(again.id, again=True))
        if wanted((JSON, HTML)) is HTML:
            return _see_other(url_for("imports.show", key=key))
        raise ImportStale
    started = deliveries.start(key, "publish", ["ready"], holder)
    if started is None:
        raise ImportNotReady(state=STATES[deliveries.get(key).state])
    service().imports.add(started)
    return _taken(started)
