"""The page to write a query in, with its answer below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, make_response, render_template, request, url_for

from mieco.ask.query_results import read_results, results_as_data
from mieco.ask.selection import MOST_PER_PAGE, Selection, select_rows
from mieco.ask.starting_points import starting_query
from mieco.engine.base import Query
from mieco.errors import MiecoError
from mieco.federation.services import ask_remotes
from mieco.present.excerpts import Excerpt, excerpt
from mieco.questions.model import GROUPS
from mieco.releases import Release
from mieco.terms import PREFIXES
from mieco.web.entailment import with_entailment
from mieco.web.problems import status_of
from mieco.web.protocol import cancellation, deadline, parameters, whole_number
from mieco.web.reader import href, language
from mieco.web.reading import reading
from mieco.web.service import service

_PER_PAGE = 50
_MOST_PAGES = 1_000_000
# What describes the query goes with it, into the form and all links.
_CARRIED = ("default-graph-uri", "named-graph-uri")
_DESCRIBING = ("query", *_CARRIED, "entailment", "timeout")
# Servers and proxies take an address of this length; a longer query is sent as a form.
_LONGEST_ADDRESS = 7_500


@dataclass(frozen=True, slots=True)
class _Links:
    """The addresses of an answer: this one's, and that of its release; empty if it is too long."""

    permalink: str
    of_release: str


def query_page(query: Query | None) -> Response:
    """The page, with the answer to a query if there is one."""
    if query is None:
        return _empty()
    seconds = deadline()
    try:
        selection = _selection()
        remotes = ask_remotes(query.text, query.base, service().outside, seconds=seconds)
        with reading(lasting=False) as (engine, release):
            results = read_results(
                engine,
                replace(query, remotes=remotes),
                language(),
                seconds=seconds,
                cancellation=cancellation(),
            )
        selected = select_rows(results, selection)
    except MiecoError as error:
        # The query stays on the page, to be mended.
        page = _page(
            query.text,
            chosen=query.entailment,
            problem=error.message(language()),
            hint=error.advice(language()),
            place=_place(query.text, error),
        )
        return make_response(page, status_of(error))
    page = _page(
        query.text,
        chosen=query.entailment,
        results=results,
        selected=selected,
        selection=selection,
        data=results_as_data(results, href),
        links=_links(release),
        manifest=release.manifest,
    )
    return with_entailment(make_response(page), results.entailment)


def _empty() -> Response:
    """The page before anything was asked, with an example if one is named."""
    name = parameters().get("example", "")
    if not name:
        return make_response(_page(None))
    with reading() as (engine, _):
        text = starting_query(
            name,
            service().examples,
            service().questions,
            engine,
            language(),
            seconds=deadline(),
        )
    return make_response(_page(text, example=name))


def _page(text: str | None, **facts: Any) -> str:
    """The page with a text in it; ``None`` leaves the one that is there at first."""
    settings = service().settings
    return render_template(
        "query.html",
        **{"example": "", **facts},
        query=text,
        carried={n: parameters().getlist(n) for n in _CARRIED if n in parameters()},
        asked_timeout=parameters().get("timeout", ""),
        by_post=request.method == "POST",
        examples=service().examples.values(),
        questions=service().questions.values(),
        groups=GROUPS,
        settings=settings,
        prefixes=PREFIXES,
        longest_address=_LONGEST_ADDRESS,
        kept=_kept,
        address=_address,
    )


def _place(text: str, error: MiecoError) -> Excerpt | None:
    """Where in the text the error is, if it says so."""
    line, column = error.facts.get("line"), error.facts.get("column")
    if isinstance(line, int) and isinstance(column, int):
        return excerpt(text, line, column)
    return None


def _selection() -> Selection:
    """What of the answer is shown.  What came by a form has no links to other pages of it."""
    whole = request.method == "POST"
    return Selection(
        sort=parameters().get("sort", ""),
        filter=parameters().get("filter", ""),
        page=whole_number("page", 1, 1, _MOST_PAGES),
        size=whole_number("size", MOST_PER_PAGE if whole else _PER_PAGE, 1, MOST_PER_PAGE),
    )


def _links(release: Release) -> _Links:
    asked = _described()
    number = [("release", str(release.manifest.number))]
    permalink, of_release = (_absolute(pairs) for pairs in (asked, [*asked, *number]))
    fits = len(of_release) <= _LONGEST_ADDRESS
    return _Links(permalink if fits else "", of_release if fits else "")


def _absolute(pairs: Sequence[tuple[str, str]]) -> str:
    root = quote(request.url_root, safe="/:[]%")
    return f"{root}sparql?{urlencode(pairs)}"


def _described() -> list[tuple[str, str]]:
    """The parameters that say what is asked."""
    return [(k, v) for k, v in parameters().items(multi=True) if k in _DESCRIBING and v]


def _kept(*but: str) -> list[tuple[str, str]]:
    """What was asked, of which release, and what of the answer is shown, all but some of it."""
    names = {*_DESCRIBING, "release", "sort", "filter", "page", "size"}.difference(but)
    return [(k, v) for k, v in parameters().items(multi=True) if k in names and v]


def _address(**changes: str | int | None) -> str:
    """The address of this query with other values of some parameters; ``None`` leaves one out."""
    pairs = _kept(*changes) + [(k, str(v)) for k, v in changes.items() if v is not None]
    return f"{url_for('sparql.sparql', release=None)}?{urlencode(pairs)}"
