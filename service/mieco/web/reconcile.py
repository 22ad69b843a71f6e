"""``/reconcile``: the Reconciliation Service API, 0.2 for OpenRefine, and 1.0-draft."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from mieco.errors import BadRequest, NotFound, Text, UnsupportedMediaType
from mieco.present.formats import HTML, JSON
from mieco.present.names import expand_prefixed
from mieco.reconcile.documents import (
    draft_manifest,
    manifest,
    proposed,
    suggested_properties,
    suggested_types,
)
from mieco.reconcile.fetching import fetch, read_extension
from mieco.reconcile.properties import properties_of
from mieco.reconcile.requests import read_batch, read_draft_batch, read_single
from mieco.search.finding import Sought
from mieco.stores import is_iri
from mieco.web.protocol import FORM, check_charset, parameters, whole_number
from mieco.web.reader import language, wanted
from mieco.web.reconcile_page import show_page
from mieco.web.reconciling import reconciling

blueprint = Blueprint("reconcile", __name__)

_DRAFT = "/reconcile/1.0-draft"
_SUGGESTED = 10
_MOST_SKIPPED = 10_000
_MOST_PROPOSED = 100
# A preview stands in a frame of the client's page, and runs nothing.
_FRAMED = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors *"
)


@blueprint.route("/reconcile", methods=["GET", "POST"])
def endpoint() -> Response:
    """The manifest without parameters (0.2, Service Manifest), else the answer to a batch."""
    if request.method == "POST" and request.mimetype != FORM:
        raise UnsupportedMediaType(given=request.mimetype or "—", offered=FORM)
    given = parameters()
    if "queries" in given:
        batch = read_batch(given["queries"])
        with reconciling() as asked:
            results = asked.writer.results(asked.match(list(batch.values())))
        return _json(dict(zip(batch, results, strict=True)))
    if "extend" in given:
        return _extended(given["extend"], draft=False)
    if "query" in given:
        query = read_single(given["query"])
        with reconciling() as asked:
            return _json(asked.writer.results(asked.match([query]))[0])
    if request.method == "POST":
        raise BadRequest(
            reason=Text(
                "应有 queries 或 extend 参数", "there must be a parameter 'queries' or 'extend'"
            )
        )
    form = wanted((JSON, HTML))
    with reconciling() as asked:
        types = asked.reconciler.types
        return show_page(types) if form is HTML else _json(manifest(types, language(), _root()))


@blueprint.get(_DRAFT)
def draft_endpoint() -> Response:
    with reconciling() as asked:
        return _json(draft_manifest(asked.reconciler.types, language(), _root()))


@blueprint.post(f"{_DRAFT}/match")
def match() -> Response:
    queries = read_draft_batch(_body())
    with reconciling() as asked:
        return _json({"results": asked.writer.results(asked.match(queries), draft=True)})


@blueprint.post(f"{_DRAFT}/extend")
def extend() -> Response:
    return _extended(_body(), draft=True)


@blueprint.get("/reconcile/suggest/entity")
@blueprint.get(f"{_DRAFT}/suggest/entity")
def suggest_entity() -> Response:
    prefix, skipped = _prefix(), _cursor()
    with reconciling() as asked:
        found = asked.finder.find(Sought(prefix), first=skipped, most=_SUGGESTED)
        return _json(asked.writer.suggested([hit.thing for hit in found.hits]))


@blueprint.get("/reconcile/suggest/type")
@blueprint.get(f"{_DRAFT}/suggest/type")
def suggest_type() -> Response:
    prefix, skipped = _prefix(), _cursor()
    with reconciling() as asked:
        found = asked.reconciler.types.named_like(prefix)
    return _json(suggested_types(found[skipped : skipped + _SUGGESTED], language()))


@blueprint.get("/reconcile/suggest/property")
@blueprint.get(f"{_DRAFT}/suggest/property")
def suggest_property() -> Response:
    prefix, skipped = _prefix(), _cursor()
    with reconciling() as asked:
        found = asked.reconciler.properties.named_like(prefix, language())
    return _json(suggested_properties(found[skipped : skipped + _SUGGESTED]))


@blueprint.get("/reconcile/extend/propose")
@blueprint.get(f"{_DRAFT}/extend/propose")
def propose() -> Response:
    type_ = parameters().get("type", "")
    asked_limit = "limit" in parameters()
    limit = whole_number("limit", 0, 0, _MOST_PROPOSED) if asked_limit else None
    with reconciling() as asked:
        known = asked.reconciler.properties
        iris = properties_of(asked.engine, expand_prefixed(type_), seconds=asked.seconds)
        told = [known.of(iri, language()) for iri in iris[: limit or _MOST_PROPOSED]]
    return _json(proposed(told, type_, limit))


@blueprint.get("/reconcile/preview")
@blueprint.get(f"{_DRAFT}/preview")
def preview() -> Response:
    """A thing in a few words, to stand in a frame."""
    iri = expand_prefixed(parameters().get("id", ""))
    with reconciling() as asked:
        thing = asked.reconciler.names.by_iri(iri) if is_iri(iri) else None
        if thing is None:
            raise NotFound(what=Text("条目", "thing"), name=iri, near="")
        names = asked.reconciler.names.names([thing.id])[thing.id]
        page = render_template(
            "reconcile_preview.html",
            thing=thing,
            types=asked.reconciler.types.of_thing(thing),
            described=asked.writer.description(thing),
            others=[
                each.name.text
                for each in names
                if each.name.kind != "identifier" and each.name.text not in (thing.zh, thing.en)
            ],
        )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _FRAMED
    return response


def _extended(text: str, *, draft: bool) -> Response:
    wanted_ = read_extension(text)
    with reconciling() as asked:
        answer = fetch(
            asked.engine,
            wanted_,
            asked.reconciler.properties,
            language(),
            seconds=asked.seconds,
            draft=draft,
        )
    return _json(answer)


def _json(document: Any) -> Response:
    # What a client sent stands in the answer again, halves of surrogate pairs too.
    text = json.dumps(document, ensure_ascii=False).encode(errors="replace")
    response = Response(text, content_type=JSON.content_type)
    response.headers["Content-Language"] = language()
    return response


def _root() -> str:
    return request.url_root


def _body() -> str:
    """The body of a request in JSON.  Raises UnsupportedMediaType or BadRequest."""
    if request.mimetype != JSON.media_type:
        raise UnsupportedMediaType(given=request.mimetype or "—", offered=JSON.media_type)
    check_charset()
    try:
        return request.get_data().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest(reason=Text("内容不是 UTF-8 文本", "the body is not UTF-8 text")) from None


def _prefix() -> str:
    return parameters().get("prefix", "")


def _cursor() -> int:
    return whole_number("cursor", 0, 0, _MOST_SKIPPED)
