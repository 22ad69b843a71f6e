"""``/changes/``: what changed from one release to another, worked out when first asked for."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from mieco.diff.files import FORMS, NOTHING, ChangesFile
from mieco.dumps.forms import EXTENSIONS, Compression
from mieco.errors import BadParameter, NotFound, Text
from mieco.present.formats import HTML, JSON, Format
from mieco.releases import Release
from mieco.search.kinds import KINDS, Kind
from mieco.search.lookup import Thing
from mieco.web.history import (
    LATEST,
    growth,
    listed,
    numbered,
    release_of,
    to_numbered,
    told,
    with_query,
)
from mieco.web.made_file import respond_file
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import href, wanted
from mieco.web.service import service

blueprint = Blueprint("changes", __name__)

_PAIR = re.compile(r"(0|[1-9][0-9]{0,8})\.\.(0|[1-9][0-9]{0,8})(?:\.(.+))?", re.ASCII)
_FORMATS = (JSON, HTML, *(Format(name, FORMS[name]) for name in ("patch", "ru", "nq")))
# What is said of things, or with which words, is below in full.
_ASIDE: frozenset[Kind] = frozenset(("concept", "term", "question", "source", "other"))
_COMPRESSIONS: dict[str, Compression] = {end: each for each, end in EXTENSIONS.items()}


@blueprint.get("/changes/")
def index() -> Response:
    """The releases in order, each with what it was made from and how it grew."""
    return listed(changed, "changes.html")


@blueprint.get("/changes/<which>")
def between(which: str) -> AnyResponse:
    """What changed between two releases, ``4..5``; of one, since that it was made from."""
    if LATEST in which:
        return to_numbered(url_for("changes.between", which=numbered(which)))
    pair = _PAIR.fullmatch(which)
    if pair is None:
        return _since_parent(release_of(which))
    before, after = int(pair[1]), int(pair[2])
    form, compression = _form(pair[3])
    for number in {before, after} - {NOTHING}:
        service().releases.open(number)
    made = ChangesFile(
        before,
        after,
        "json" if form == "html" else form,
        asserted=_asserted_only(),
        compression=compression,
    )
    if made.form != "json" or compression != "none":
        return respond_file(made)
    body, tag = _read(made)
    if form == "html":
        return _page(made, json.loads(body))
    response = Response(body, content_type=JSON.content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def changed(release: Release) -> dict[str, Any]:
    """What a release is, by how much its graphs grew, and where its changes are listed."""
    return {
        **told(release),
        "growth": growth(release, service().releases),
        "page": url_for("changes.between", which=str(release.manifest.number)),
    }


def _since_parent(release: Release) -> AnyResponse:
    before = release.manifest.before
    pair = f"{NOTHING if before is None else before}..{release.manifest.number}"
    return redirect(with_query(url_for("changes.between", which=pair)))


def _form(ending: str | None) -> tuple[str, Compression]:
    """The form and compression of an address; without an ending, as the asker accepts."""
    if ending is None:
        return wanted(_FORMATS).name, "none"
    form = ending
    compression: Compression = "none"
    stem, _, last = ending.rpartition(".")
    if last in _COMPRESSIONS:
        form, compression = stem, _COMPRESSIONS[last]
    if form not in FORMS and ending != "html":
        offered = ", ".join(("html", *FORMS))
        raise NotFound(
            what=Text("格式", "form"),
            name=ending,
            near=Text(
                f"可用：{offered}；后面可加 .gz 或 .zst。",
                f"There are: {offered}; .gz or .zst may follow.",
            ),
        )
    return form, compression


def _asserted_only() -> bool:
    asked = parameters().get("graphs") or "all"
    if asked not in {"all", "asserted"}:
        raise BadParameter(
            name="graphs",
            reason=Text(f"“{asked}”不可用", f"'{asked}' is none"),
            allowed=Text("all 或 asserted", "all or asserted"),
        )
    return asked == "asserted"


def _read(made: ChangesFile) -> tuple[bytes, str]:
    """A file that people read, whole, and its digest; it has a few thousand statements at most."""
    kept = service().maker.get(made, seconds=deadline(), cancellation=cancellation())
    with kept.file as file:
        return file.read(), kept.sha256


def _things_by_kind(made: ChangesFile, changes: dict[str, Any]) -> dict[Kind, list[dict[str, Any]]]:
    """Of what is listed as changed the things that people look for, by kind, each once."""
    things = {
        thing["value"]: thing
        for graph in changes["graphs"]
        if graph["asserted"]
        for thing in graph["things"]
        if thing["type"] == "uri"
    }
    known: dict[str, Thing] = {}
    # What is gone only the one before has a name for.
    for number in sorted({made.before, made.after} - {NOTHING}) if things else ():
        release = service().releases.open(number)
        known |= service().finders.of(release, seconds=deadline()).names.by_iris(things)
    found: dict[Kind, list[dict[str, Any]]] = {}
    for iri, thing in known.items():
        found.setdefault(thing.kind, []).append(things[iri])
    return {kind: found[kind] for kind in KINDS if kind in found and kind not in _ASIDE}


def _page(made: ChangesFile, changes: dict[str, Any]) -> Response:
    pair = f"{made.before}..{made.after}"
    graphs = "asserted" if made.asserted else None
    current = service().releases.current_number()

    def place(thing: dict[str, Any]) -> str:
        """Where the page of a changed thing is: in the last of the two releases that has it."""
        path = href(thing["value"])
        release = made.after if thing["added"] or not made.before else made.before
        joint = "&" if "?" in path else "?"
        return path if release == current else f"{path}{joint}release={release}"

    page = render_template(
        "changes_between.html",
        changes=changes,
        asserted=made.asserted,
        place=place,
        links={
            form: url_for("changes.between", which=f"{pair}.{form}", graphs=graphs)
            for form in (*FORMS, "patch.gz")
        },
        kinds=KINDS,
        changed_things=_things_by_kind(made, changes),
        parts={
            kind: [graph for graph in changes["graphs"] if graph["asserted"] is asserted]
            for kind, asserted in (("asserted", True), ("made", False))
        },
        other=url_for("changes.between", which=pair, graphs=None if graphs else "asserted"),
        reverse=url_for("changes.between", which=f"{made.after}..{made.before}"),
    )
    return make_response(page)
