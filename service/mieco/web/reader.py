"""Who reads: the language of a request, the format it wants, the words of the pages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from mieco.ask.addresses import path_of
from mieco.errors import Language, NotAcceptable, Text
from mieco.present.formats import Format, by_name, names, negotiate
from mieco.present.graph_names import graph_in_words
from mieco.present.language import LANGUAGES, as_language
from mieco.present.moments import moment
from mieco.present.names import compact
from mieco.present.phrases import phrases
from mieco.terms import MIECO
from mieco.web.language_path import language_of_path, path_in
from mieco.web.protocol import parameters
from mieco.web.release import past

_COOKIE = "mieco-language"
# A term of the ontology; its IRI itself leads to the document of all terms.
_TERM = re.compile(rf"{re.escape(MIECO)}([A-Za-z][\w-]*)")
_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Gives templates their words and links; remembers a language that was chosen."""
    app.context_processor(_template_names)
    app.after_request(_remember)


def language() -> Language:
    """The language of this request."""
    return choose_language(
        as_language(request.args.get("lang")) or language_of_path(),
        request.cookies.get(_COOKIE),
        request.headers.get("Accept-Language"),
    )


def wanted(formats: Sequence[Format], name: str | None = None) -> Format:
    """The format asked for by name or ``?format=``, else by Accept.  Raises NotAcceptable."""
    name = name or parameters().get("format")
    found = by_name(name, formats) if name else negotiate(request.headers.get("Accept"), formats)
    if found is None:
        raise NotAcceptable(offered=names(formats))
    return found


def href(iri: str, form: str = "") -> str:
    """Where a thing's page is, or its facts in a format: at its own path if it is ours."""
    if not form and (term := _TERM.fullmatch(iri)):
        return url_for("term_pages.term", name=term[1])
    if own := path_of(iri):
        there = past()
        path = quote(f"{request.script_root}/{own}", safe="/-._~")
        kept = f"?release={there.manifest.number}" if there else ""
        return f"{path}.{form}{kept}" if form else path + kept
    return url_for("things.by_iri", iri=iri, format=form or None)


def listing(iri: str) -> str:
    """Where the things of a class are listed; where what is no class of ours has its page."""
    if term := _TERM.fullmatch(iri):
        return url_for("term_pages.instances", name=term[1])
    return href(iri)


@cache
def _words() -> Mapping[str, Any]:
    """The words of the pages: ``words/PART.toml`` gives each a text in every language."""
    folder = Path(__file__).parent / "words"
    return {
        each.stem: tomllib.loads(each.read_text(encoding="utf-8"))
        for each in sorted(folder.glob("*.toml"))
    }


def _template_names() -> dict[str, Any]:
    spoken = language()

    def say(key: str, **facts: object) -> str:
        section, name = key.split(".")
        text: str = _words()[section][name][spoken]
        return text.format_map(facts)

    def pick(text: Text) -> str:
        return text.in_(spoken)

    def phrased(text: str) -> Markup:
        return Markup("<wbr>").join(phrases(text))

    def switch(to: Language) -> str:
        kept = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
        return f"{path_in(to)}?{urlencode(kept)}" if kept else path_in(to)

    return {
        "language": spoken,
        "languages": LANGUAGES,
        "say": say,
        "pick": pick,
        "phrased": phrased,
        "sentences": _sentences,
        "switch": switch,
        "href": href,
        "listing": listing,
        "compact": compact,
        "graph_in_words": graph_in_words,
        "moment": moment,
    }


def _sentences(*texts: str) -> str:
    """Sentences in a row; Chinese has no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, texts))


def _remember(response: Response) -> Response:
    if chosen := as_language(request.args.get("lang")) or language_of_path():
        response.set_cookie(
            _COOKIE,
            chosen,
            max_age=_YEAR,
            path=request.script_root or "/",
            httponly=True,
            samesite="Lax",
        )
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
    response.vary.update(("Accept", "Accept-Language", "Cookie"))
    return response


def choose_language(asked: str | None, remembered: str | None, accept: str | None) -> Language:
    """The language asked for in the URL, else remembered, else of Accept-Language, else zh."""
    if language := as_language(asked) or as_language(remembered):
        return language
    for tag, quality in parse_accept_header(accept, LanguageAccept):
        if quality and (language := as_language(tag)):
            return language
    return "zh"
