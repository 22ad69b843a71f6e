"""``/reconcile/names``: names pasted by people, matched; and how to do it in OpenRefine."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from mieco.errors import TooManyQueries
from mieco.present.formats import CSV, HTML
from mieco.present.names import expand_prefixed
from mieco.present.spreadsheet_csv import BOM
from mieco.reconcile.documents import FEATURES
from mieco.reconcile.matching import LOCATED_IN
from mieco.reconcile.queries import Condition, Query
from mieco.reconcile.tables import HEADS, NAME_HEAD, MatchedName, as_csv, match_all
from mieco.reconcile.types import Types
from mieco.web.protocol import parameters
from mieco.web.reader import language, wanted
from mieco.web.reconciling import reconciling

blueprint = Blueprint("reconcile_page", __name__)

_MOST_NAMES = 500
_CANDIDATES = 3


def show_page(types: Types) -> Response:
    """The page without names."""
    return _page(types, [], "", "")


@blueprint.route("/reconcile/names", methods=["GET", "POST"])
def names() -> Response:
    """A table of names and what they match: one a line, perhaps with a place after a tab."""
    form = wanted((HTML, CSV))
    pasted, type_ = parameters().get("names", ""), parameters().get("type", "")
    lines = [line for line in pasted.splitlines() if line.strip()]
    if len(lines) > _MOST_NAMES:
        raise TooManyQueries(given=len(lines), most=_MOST_NAMES)
    queries = [_query(line, expand_prefixed(type_)) for line in lines]
    with reconciling() as asked:
        rows = list(match_all(queries, asked.matches))
        types = asked.reconciler.types
    if form is HTML:
        return _page(types, rows, pasted, type_)
    heads = [head.in_(language()) for head in (NAME_HEAD, *HEADS)]
    text = as_csv(heads, ([row.name, *row.cells(language())] for row in rows))
    # Excel takes CSV for UTF-8 only with a byte order mark.
    response = Response(BOM + text, content_type=CSV.content_type)
    response.headers["Content-Disposition"] = 'attachment; filename="mieco-names.csv"'
    return response


def _query(line: str, type_: str) -> Query:
    name, _, place = line.partition("\t")
    conditions = (Condition(LOCATED_IN, (place.strip(),)),) if place.strip() else ()
    types = (type_,) if type_ else ()
    return Query(name.strip(), types=types, limit=_CANDIDATES, conditions=conditions)


def _page(types: Types, rows: list[MatchedName], pasted: str, type_: str) -> Response:
    page = render_template(
        "reconcile.html",
        address=f"{request.url_root}reconcile",
        types=types.default(),
        rows=rows,
        pasted=pasted,
        type_=type_,
        most=_MOST_NAMES,
        features=FEATURES,
    )
    return make_response(page)
