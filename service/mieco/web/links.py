"""``/links``: the linksets and their links, as a page, JSON, CSV and SSSOM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

from flask import Blueprint, Response, jsonify, make_response, render_template

from mieco.ask.link_forms import Sssom, csv_head, csv_lines, links_as_json
from mieco.ask.links import (
    PIECE,
    RELATIONS,
    Linkset,
    ListedLink,
    Wanted,
    list_links,
    read_link_page,
    read_links,
    read_linksets,
)
from mieco.engine.base import Engine
from mieco.intake.link_rows import Link
from mieco.intake.link_targets import targets
from mieco.intake.link_triples import both
from mieco.present.formats import HTML, JSON
from mieco.web.protocol import deadline, parameters, whole_number
from mieco.web.reader import language, wanted
from mieco.web.reading import reading

blueprint = Blueprint("links", __name__)

_MOST_PAGES = 1_000_000

# The head of a download, and what makes lines of links.
_Form = tuple[str, Callable[[Iterable[Link]], Iterator[str]]]


@blueprint.get("/links")
def index() -> Response:
    """The linksets, and one page of the links that are asked for."""
    form, number, seconds = (
        wanted((JSON, HTML)),
        whole_number("page", 1, 1, _MOST_PAGES),
        deadline(),
    )
    with reading() as (engine, release):
        found = read_link_page(engine, release, _wanted(), number, seconds=seconds)
        labels = engine.labels(found.iris, language(), seconds=seconds)
    if form is JSON:
        return jsonify(links_as_json(found, labels, release))
    page = render_template(
        "links.html",
        found=found,
        targets=targets(),
        relations=RELATIONS,
        both=both,
        labels=labels,
        manifest=release.manifest,
        **_asked(),
    )
    return make_response(page)


@blueprint.get("/links.csv")
def as_csv() -> Response:
    """The same links as a table that can be changed and imported."""
    return _download("text/csv", "csv", lambda *_: (csv_head(), csv_lines))


@blueprint.get("/links.sssom.tsv")
def as_sssom() -> Response:
    """The same links as SSSOM."""

    def form(linksets: Sequence[Linkset], listed: Sequence[ListedLink]) -> _Form:
        of = {link.linkset for link in listed}
        sssom = Sssom([linkset for linkset in linksets if linkset.iri in of], listed)
        return sssom.head(), sssom.lines

    return _download("text/tab-separated-values", "sssom.tsv", form)


def _download(
    media_type: str,
    extension: str,
    form: Callable[[Sequence[Linkset], Sequence[ListedLink]], _Form],
) -> Response:
    """The links that are asked for as a file, read piece by piece while it is sent."""
    seconds = deadline()
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        linksets = read_linksets(engine, release, seconds=seconds)
        listed = list_links(engine, _wanted(), linksets, seconds=seconds)
        head, lines = form(linksets, listed)
        body = _pieces(engine, listed, head, lines, seconds)
        response = Response(body, content_type=f"{media_type}; charset=utf-8")
        response.call_on_close(leave.pop_all().close)
    response.headers["Content-Disposition"] = f'attachment; filename="links.{extension}"'
    return response


def _pieces(
    engine: Engine,
    listed: Sequence[ListedLink],
    head: str,
    lines: Callable[[Iterable[Link]], Iterator[str]],
    seconds: float,
) -> Iterator[str]:
    yield head
    for start in range(0, len(listed), PIECE):
        links = read_links(engine, listed[start : start + PIECE], seconds=seconds)
        yield "".join(lines(links))


def _wanted() -> Wanted:
    return Wanted(**_asked())


def _asked() -> dict[str, str]:
    return {name: parameters().get(name, "") for name in ("linkset", "target", "subject")}
