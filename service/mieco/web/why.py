"""``/why``: why a fact holds, as a page and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, url_for
from pyoxigraph import Literal, NamedNode

from mieco.ask.explanations import (
    as_json,
    basis,
    kind_in_words,
    records_of,
    sentence,
)
from mieco.ask.given_facts import GivenFact, Place, spelt
from mieco.ask.why import explain_given
from mieco.errors import BadParameter, BadRequest, Text
from mieco.namespace.ground_words import ground_in_words
from mieco.present.formats import HTML, JSON
from mieco.present.names import compact
from mieco.reason.rule import tidied
from mieco.reason.wording import around
from mieco.stores import Term
from mieco.terms import RDF_TYPE, RDFS_SUBCLASS_OF
from mieco.web.protocol import cancellation, check_size, deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("why", __name__)

_PARTS: dict[Place, Text] = {
    "s": Text("主体", "the subject"),
    "p": Text("属性", "the property"),
    "o": Text("值", "the value"),
}


@blueprint.get("/why")
def why() -> Response:
    form = wanted((JSON, HTML))
    given = GivenFact(*map(_given, _PARTS))
    seconds = deadline()
    with reading() as (engine, release):
        explanation = explain_given(
            engine,
            service().explainers.of(release, seconds=seconds),
            given,
            language(),
            seconds=seconds,
            cancellation=cancellation(),
        )
    if form is JSON:
        response = jsonify(as_json(explanation, release, language()))
        response.headers["Content-Language"] = language()
        return response
    return make_response(
        render_template(
            "why.html",
            explanation=explanation,
            root=explanation.derivation,
            manifest=release.manifest,
            basis=basis,
            kind_in_words=kind_in_words,
            records_of=records_of,
            sentence=sentence,
            tidied=tidied,
            relation_in_words=_relation_in_words,
            ground_in_words=ground_in_words,
        )
    )


def _relation_in_words(predicate: str, labels: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """What stands between the two things of a fact, and after the second."""
    name, tag = labels.get(predicate, (compact(predicate), ""))
    return around(name) if tag == "zh" and language() == "zh" else (name, "")


def _given(place: Place) -> str:
    texts = parameters().getlist(place)
    if not texts:
        raise BadParameter(
            name=place,
            reason=Text(f"必须给出{_PARTS[place].zh}", f"{_PARTS[place].en} must be given"),
            allowed="/why?s=…&p=…&o=…",
        )
    if len(texts) > 1:
        raise BadRequest(
            reason=Text(f"参数 {place} 只能有一个", f"there must be only one parameter '{place}'")
        )
    check_size(texts[0], service().settings.max_query)
    return texts[0]


@blueprint.app_context_processor
def _template_names() -> dict[str, Any]:
    return {
        "why_said": why_said,
        "why_mentioned": why_mentioned,
        "rdf_type": RDF_TYPE,
        "rdfs_subclass_of": RDFS_SUBCLASS_OF,
    }


def why_said(subject: str, predicate: str, value: Term) -> str | None:
    """Where it is told why a thing has a value; ``None`` for one that no address can name."""
    if isinstance(value, NamedNode):
        given = spelt(value.value)
    elif isinstance(value, Literal):
        given = str(value)
    else:
        return None
    return url_for("why.why", s=spelt(subject), p=spelt(predicate), o=given)


def why_mentioned(subject: Term, predicate: str, value: str) -> str | None:
    """Likewise, why a thing is mentioned by another; a use as a property mentions no value."""
    if not isinstance(subject, NamedNode) or predicate == value:
        return None
    return why_said(subject.value, predicate, NamedNode(value))
