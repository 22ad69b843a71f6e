"""``/shapes``: the document of the namespace in which the shapes have their names.

Its names end in a fragment, so their document is given at once (Cool URIs §4.1), all shapes in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from flask import Blueprint, Response, make_response, render_template, url_for
from pyoxigraph import NamedNode

from mieco.ask.page_queries import page_query, rows_of
from mieco.ask.things import no_such_thing
from mieco.engine.base import Query, text_of
from mieco.present.formats import GRAPH_FORMATS, HTML, Format
from mieco.terms import BASE, LICENSE, SHAPES_GRAPH
from mieco.web.documents import Link, linked
from mieco.web.protocol import cancellation, deadline
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond

blueprint = Blueprint("shapes", __name__)

_SHAPES = BASE + "shapes"
_FORMATS = (*GRAPH_FORMATS, HTML)
_NAMES = f"any({', '.join(form.name for form in _FORMATS)})"


@blueprint.get("/shapes", defaults={"extension": None})
@blueprint.get(f"/shapes.<{_NAMES}:extension>")
def shapes(extension: str | None) -> Response:
    form, seconds = wanted(_FORMATS, extension), deadline()
    with ExitStack() as leave:
        engine, _ = leave.enter_context(reading())
        modules: dict[str, list[str]] = {}
        for row in rows_of(engine, "shapes", seconds=seconds):
            modules.setdefault(text_of(row["module"]), []).append(text_of(row["shape"]))
        if not modules:
            raise no_such_thing(_SHAPES)
        if form is HTML:
            iris = sorted({*modules, *(shape for group in modules.values() for shape in group)})
            labels = engine.labels(iris, language(), seconds=seconds)
            page = render_template(
                "shapes.html",
                modules=modules,
                labels=labels,
                links=_links(),
                formats=[(f.name, _address(f)) for f in GRAPH_FORMATS],
            )
            return linked(make_response(page), _links())
        graph = {"graph": NamedNode(SHAPES_GRAPH)}
        query = Query(page_query("triples"), graph, graph=form.media_type)
        answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        told = respond(
            answer, form.content_type, leave.pop_all(), cancellation(), service().settings
        )
    return linked(told, _links())


def _links() -> Iterator[Link]:
    for form in _FORMATS:
        yield Link(_address(form), "alternate", form.media_type)
    yield Link(LICENSE, "license")


def _address(form: Format) -> str:
    return url_for("shapes.shapes", extension=form.name, _external=True)
