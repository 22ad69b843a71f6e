"""``/sitemap.xml`` and ``/robots.txt``: what search engines should find, and what not."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Response, make_response, render_template, request, url_for

from mieco.ask.sitemap import things_from
from mieco.errors import NotFound, Text
from mieco.present.language import LANGUAGES
from mieco.terms import BASE
from mieco.web.protocol import deadline
from mieco.web.reader import href
from mieco.web.readiness import readiness_of
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("sitemap", __name__)

_XML = "application/xml; charset=utf-8"
_CONSORTIUM = BASE + "id/consortium/"
# Pages that are there whatever the data.
_PAGES = (
    *("home.home", "catalogue.document", "questions.index", "questions.coverage"),
    *(
        "readiness_overview.index",
        "sparql.sparql",
        "openapi.page",
        "links.index",
        "reconcile.endpoint",
    ),
    *("downloads.index", "changes.index"),
    *("term_pages.index", "term_pages.modules", "term_pages.changes", "term_pages.protege"),
)
# What costs much and says nothing of its own, below the root of the service.
_DISALLOWED = ("sparql?query=", "update", "graphs", "import", "why", "thing", "statements")
_VARIANTS = ("release", "timeout", "format", "entailment", "filter", "sort")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The sitemaps of this service (https://www.sitemaps.org/protocol.html#index)."""
    with reading() as (engine, release):
        parts = service().sitemaps.parts(engine, release, seconds=deadline())
    addresses = [_absolute(url_for("sitemap.part", number=n)) for n in range(len(parts) + 1)]
    page = render_template("sitemaps.xml", addresses=addresses, created=release.manifest.created)
    return _as_xml(page)


@blueprint.get("/sitemap-<int:number>.xml")
def part(number: int) -> Response:
    """A sitemap: the pages that are always there, or those of ten thousand things."""
    with reading() as (engine, release):
        if number == 0:
            places = [url_for(name) for name in _PAGES]
            places.append(href(BASE + "ontology"))
            places += [url_for("question.answer", name=name) for name in service().questions]
        else:
            seconds = deadline()
            parts = service().sitemaps.parts(engine, release, seconds=seconds)
            if number > len(parts):
                near = Text(f"共有 {len(parts)} 份。", f"There are {len(parts)}.")
                raise NotFound(what=Text("网站地图", "sitemap"), name=str(number), near=near)
            things = things_from(engine, parts[number - 1], seconds=seconds)
            places = [_page_of(thing) for thing in things]
            places += [readiness_of(t) for t in things if t.startswith(_CONSORTIUM)]
    page = render_template(
        "sitemap.xml", pages=_in_languages(places), created=release.manifest.created
    )
    return _as_xml(page)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers should leave alone (RFC 9309)."""
    root = request.root_path + "/"
    lines = ["User-agent: *"]
    lines += [f"Disallow: {root}{path}" for path in _DISALLOWED]
    lines += [f"Disallow: {root}*{sign}{name}=" for name in _VARIANTS for sign in "?&"]
    lines += ["", f"Sitemap: {_absolute(url_for('sitemap.index'))}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


def _page_of(thing: str) -> str:
    """The page of a thing: its document, where its IRI leads to one."""
    return href(thing) if "#" in thing else f"{href(thing)}.html"


def _in_languages(places: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The address of each page, and those at which it is in each language."""
    return [
        (address, [(lang, f"{address}?{urlencode({'lang': lang})}") for lang in LANGUAGES])
        for address in map(_absolute, places)
    ]


def _absolute(place: str) -> str:
    return urljoin(request.url_root, place)


def _as_xml(page: str) -> Response:
    response = make_response(page)
    response.headers["Content-Type"] = _XML
    return response
