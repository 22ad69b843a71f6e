"""``/members``: the members of a consortium to take away, as a workbook, as CSV or as JSON."""

from __future__ import annotations

import io

from flask import Blueprint, Response, jsonify, request, url_for

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.profiles.member_list import (
    MemberList,
    about_members,
    members_as_csv,
    members_as_json,
    members_sheet,
    read_member_list,
)
from mieco.ask.profiles.reading import Asked
from mieco.errors import BadParameter, Text
from mieco.manifest import Manifest
from mieco.present.formats import CSV, JSON, XLSX
from mieco.present.spreadsheet_csv import BOM
from mieco.sheet_workbook import write_sheet_workbook
from mieco.web.file_names import name_file
from mieco.web.place import here
from mieco.web.protocol import cancellation, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading

blueprint = Blueprint("members", __name__)


@blueprint.get("/members")
def members() -> Response:
    form = wanted((JSON, CSV, XLSX))
    spoken, seconds = language(), deadline()
    with reading() as (engine, release):
        hurried = EngineWithDeadline(engine, seconds, cancellation())
        found = read_member_list(Asked(hurried, spoken, seconds), _of())
    if form is JSON:
        response = jsonify(members_as_json(found, spoken, release))
    elif form is CSV:
        bom = BOM if parameters().get("bom") == "1" else ""
        response = Response(bom + members_as_csv(found, spoken), content_type=CSV.content_type)
        name_file(response, release.manifest, *_called(found), extension=CSV.name)
    else:
        response = _workbook(found, release.manifest)
    response.headers["Content-Language"] = spoken
    return response


def _of() -> str:
    texts = parameters().getlist("of")
    if len(texts) != 1 or not texts[0].strip():
        raise BadParameter(
            name="of",
            reason=Text("应有且只有一个", "must be given exactly once"),
            allowed=Text("/members?of=联合体的名称、IRI 或路径", "/members?of= with a consortium"),
        )
    return texts[0].strip()


def _workbook(found: MemberList, manifest: Manifest) -> Response:
    book = io.BytesIO()
    address = f"{request.url_root.rstrip('/')}{here()}?{request.query_string.decode()}"
    about = about_members(found, manifest, address, language())
    write_sheet_workbook([members_sheet(found, language())], about, language(), book)
    response = Response(book.getvalue(), content_type=XLSX.content_type)
    name_file(response, manifest, *_called(found), extension=XLSX.name)
    return response


def _called(found: MemberList) -> tuple[str, str]:
    return "members", found.name(found.iri)


def members_as(iri: str) -> list[tuple[str, str]]:
    """The forms in which the members of a consortium can be taken away, and where."""
    return [
        ("XLSX", url_for("members.members", of=iri, format="xlsx")),
        ("CSV", url_for("members.members", of=iri, format="csv", bom="1")),
    ]


@blueprint.app_context_processor
def _template_names() -> dict[str, object]:
    return {"members_as": members_as}
