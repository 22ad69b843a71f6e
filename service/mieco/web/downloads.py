"""``/download/``: the releases as files, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from mieco.dumps.files import DumpFile, dataset_files, find_file, graph_files, graphs_of
from mieco.errors import NotFound, Text
from mieco.present.formats import HTML, JSON
from mieco.releases import Release
from mieco.web.history import LATEST, listed, numbered, release_of, to_numbered, told
from mieco.web.made_file import respond_file
from mieco.web.reader import wanted
from mieco.web.service import service

blueprint = Blueprint("downloads", __name__)

_CHECKSUMS = "SHA256SUMS"


@blueprint.get("/download/")
def index() -> Response:
    """The releases, with the files of the whole of each."""
    return listed(_as_json, "downloads.html")


@blueprint.get("/download/<number>/")
def release(number: str) -> AnyResponse:
    """One release, with every file of it."""
    if number == LATEST:
        return to_numbered(url_for("downloads.release", number=numbered(number)))
    form = wanted((JSON, HTML))
    found = release_of(number)
    whole = {**_as_json(found), "parts": _parts(found)}
    if form is JSON:
        return jsonify(whole)
    return make_response(render_template("download.html", release=whole))


@blueprint.get(f"/download/<number>/{_CHECKSUMS}")
def checksums(number: str) -> AnyResponse:
    """The checksums of the files that are there, as sha256sum reads them."""
    if number == LATEST:
        return to_numbered(url_for("downloads.checksums", number=numbered(number)))
    place = str(release_of(number).manifest.number)
    made = service().maker.shelf.sizes(place)
    if not made:
        raise NotFound(
            what=Text("校验和", "checksum"),
            name=_CHECKSUMS,
            near=Text(
                "这个发布的文件都还没有生成；先下载一个。",
                "No file of this release has been made yet; download one first.",
            ),
        )
    lines = "".join(f"{sha256}  {name}\n" for name, (_, sha256) in made.items())
    response = Response(lines, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/download/<number>/<name>")
def file(number: str, name: str) -> AnyResponse:
    """A file of a release."""
    if number == LATEST:
        path = url_for("downloads.file", number=numbered(number), name=numbered(name))
        return to_numbered(path)
    return respond_file(find_file(release_of(number).manifest, name))


def _as_json(release: Release) -> dict[str, Any]:
    number = release.manifest.number
    return {
        **told(release),
        "page": url_for("downloads.release", number=number),
        "files": _files(dataset_files(number)),
    }


def _parts(release: Release) -> list[dict[str, Any]]:
    """The graphs of a release and the files of each."""
    number = release.manifest.number
    return [
        {"graph": graph, "triples": triples, "files": _files(graph_files(number, graph))}
        for graph, triples in graphs_of(release.manifest).items()
    ]


def _files(files: Iterable[DumpFile]) -> list[dict[str, Any]]:
    """Files as JSON; size and checksum are known of those that are there."""
    files = list(files)
    made = service().maker.shelf.sizes(str(files[0].release)) if files else {}
    return [
        {
            "name": each.name,
            "form": each.form.extension,
            "type": each.media_type,
            "link": url_for("downloads.file", number=each.release, name=each.name),
            "size": made[each.name][0] if each.name in made else None,
            "sha256": made[each.name][1] if each.name in made else None,
        }
        for each in files
    ]
