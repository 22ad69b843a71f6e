"""``/sparql/complete``: what a query that is being written may go on with."""

from __future__ import annotations

from typing import Final, cast

from flask import Blueprint, Response, jsonify

from mieco.ask.completion.suggestions import MOST, Completer, Suggestion
from mieco.ask.completion.vocabulary import TermKind
from mieco.engine.base import Engine
from mieco.errors import BadParameter, Text
from mieco.present.formats import JSON
from mieco.web.protocol import deadline, parameters, whole_number
from mieco.web.reader import href, language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("completion", __name__)

_KINDS: Final = ("class", "property", "term", "thing")
_OFFERED = 20
_MOST_CLASSES = 8


@blueprint.get("/sparql/complete")
def complete() -> Response:
    """Classes, properties and things of the release, by what was typed of them."""
    wanted((JSON,))
    kind, text = _kind(), parameters().get("text", "")
    most = whole_number("limit", _OFFERED, 1, MOST)
    with reading() as (engine, release):
        finder = service().finders.of(release, seconds=deadline())
        completer = service().completers.of(engine, release, finder, seconds=deadline())
        found = _suggest(completer, kind, text, engine, most)
    hits = [{**each.as_json(), "page": href(each.iri)} for each in found]
    told = {"text": text, "kind": kind, "hits": hits}
    response = jsonify({"release": release.as_json(), **told})
    response.headers["Content-Language"] = language()
    return response


def _suggest(
    completer: Completer, kind: str, text: str, engine: Engine, most: int
) -> list[Suggestion]:
    if kind == "thing":
        prop = parameters().get("property", "")
        return completer.things(text, prop, engine, language(), most=most, seconds=deadline())
    classes = parameters().getlist("class")[:_MOST_CLASSES]
    chosen = cast("TermKind | None", None if kind == "term" else kind)
    return completer.terms(text, chosen, classes, engine, language(), most=most, seconds=deadline())


def _kind() -> str:
    kind = parameters().get("kind", "term")
    if kind not in _KINDS:
        raise BadParameter(
            name="kind",
            reason=Text(f"没有“{kind}”这一种", f"there is no kind '{kind}'"),
            allowed=", ".join(_KINDS),
        )
    return kind
