"""``/search``: things found by what people type, as a page, as JSON, and while they type."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.errors import BadParameter, Text
from mieco.present.formats import HTML, JSON
from mieco.search.finding import Sought
from mieco.search.found_forms import found_as_json, name_of, pieces_of, why_found
from mieco.search.kinds import KINDS
from mieco.web.protocol import parameters, whole_number
from mieco.web.reader import href, language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("search", __name__)

_PER_PAGE = 20
_MOST_PER_PAGE = 100
_MOST_PAGES = 1_000_000
_SUGGESTED = 8
# Extension "Suggestions" 1.1 and description document 1.1 of https://github.com/dewitt/opensearch
_SUGGESTIONS = "application/x-suggestions+json"
_DESCRIPTION = "application/opensearchdescription+xml"


@blueprint.get("/search")
def find() -> Response:
    form = wanted((JSON, HTML))
    sought = Sought(parameters().get("q", ""), _kind(), parameters().get("province", ""))
    page = whole_number("page", 1, 1, _MOST_PAGES)
    size = whole_number("limit", _PER_PAGE, 1, _MOST_PER_PAGE)
    with reading() as (_, release):
        finder = service().finders.of(release, seconds=service().settings.timeout)
        found = finder.find(sought, first=(page - 1) * size, most=size)
        places = finder.names.by_iris({hit.thing.place for hit in found.hits} | {*found.provinces})
    pages = -(-found.total // size)
    if form is HTML:
        shown = render_template(
            "search.html",
            sought=sought,
            found=found,
            kinds=KINDS,
            page=page,
            pages=pages,
            named=lambda iri: name_of(iri, places, language()),
            pieces=lambda name, hit: pieces_of(name, hit, sought.text, found),
            why=lambda hit: why_found(hit, language()),
            elsewhere=_elsewhere,
        )
        return make_response(shown)
    told = found_as_json(found, sought.text, places, language())
    response = jsonify({"release": release.as_json(), **told, "page": page, "pages": pages})
    response.headers["Content-Language"] = language()
    return response


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """What somebody may be about to type: texts, what they are, and where their pages are."""
    text = parameters().get("q", "")
    with reading() as (_, release):
        finder = service().finders.of(release, seconds=service().settings.timeout)
        found = finder.find(Sought(text), most=_MOST_PER_PAGE).hits
    # What is only said of things, such as an observation, is offered where nothing else is found.
    hits = ([hit for hit in found if hit.thing.kind != "other"] or found)[:_SUGGESTED]
    told = [
        text,
        [hit.thing.label(language()) for hit in hits],
        [KINDS[hit.thing.kind].in_(language()) for hit in hits],
        [href(hit.thing.iri) for hit in hits],
    ]
    return Response(json.dumps(told, ensure_ascii=False), content_type=_SUGGESTIONS)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """What a browser needs to know to search here from its address bar."""
    text = render_template("opensearch.xml", root=request.url_root)
    return Response(text, content_type=_DESCRIPTION)


def _kind() -> str:
    kind = parameters().get("kind", "")
    if kind and kind not in KINDS:
        raise BadParameter(
            name="kind",
            reason=Text(f"没有“{kind}”这一类", f"there is no kind '{kind}'"),
            allowed=", ".join(KINDS),
        )
    return kind


def _elsewhere(**changed: str | int) -> str:
    """The address of the same search with something else in it."""
    kept = {name: parameters().get(name, "") for name in ("q", "kind", "province", "limit")}
    wanted_ones: dict[str, Any] = {
        name: value for name, value in {**kept, **changed}.items() if value
    }
    return url_for("search.find", **wanted_ones)
