"""``/graphs``: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by ``?graph=IRI`` or ``?default`` (§4.2), or by the request's own URL below
``/graphs/`` (§4.1).
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import MultiPartParser
from werkzeug.http import quote_etag

from mieco.access.holders import Holder
from mieco.ask.page_queries import page_query, rows_of
from mieco.changes import Document, GraphChange
from mieco.engine.base import Query
from mieco.errors import (
    BadRequest,
    NotFound,
    Text,
    UnsupportedMediaType,
)
from mieco.present.formats import GRAPH_FORMATS, Format, by_name, names
from mieco.temporary import temporary_folder
from mieco.terms import UNNAMED_GRAPH
from mieco.web.access import bearer
from mieco.web.protocol import absolute, cancellation, check_charset, deadline
from mieco.web.reader import wanted
from mieco.web.reading import reading
from mieco.web.service import service
from mieco.web.spool import respond
from mieco.web.update import make_change, written
from mieco.writer import Written

blueprint = Blueprint("graph_store", __name__)

# The closing boundary of a multipart body lies within its last bytes (RFC 2046 §5.1.1).
_TAIL = 1024


@blueprint.get("/graphs")
@blueprint.get("/graphs/<path:path>")
def get(path: str = "") -> Response:
    """The triples of a graph (§5.2); a graph that does not exist is not found."""
    graph = _graph(path)
    form = wanted(GRAPH_FORMATS)
    seconds = deadline()
    with ExitStack() as leave:
        engine, release = leave.enter_context(reading())
        name = {"graph": NamedNode(graph or UNNAMED_GRAPH)}
        if graph and not rows_of(engine, "graph", name, seconds=seconds):
            raise NotFound(what=Text("图", "graph"), name=graph, near="")
        # The release stands for the state of every graph in it.
        tag = f"{release.manifest.number}-{form.name}"
        known = request.if_none_match
        if known.contains_weak(tag) or known.contains_weak(f"{tag}-gzip"):
            return Response(status=304, headers={"ETag": quote_etag(tag)})
        if graph is None and service().settings.default_graph == "strict":
            query = Query(page_query("default"), graph=form.media_type, foreign=True)
        else:
            query = Query(page_query("triples"), name, graph=form.media_type)
        answer = engine.query(query, seconds=seconds, cancellation=cancellation())
        response = respond(
            answer, form.content_type, leave.pop_all(), cancellation(), service().settings
        )
    response.set_etag(tag)
    return response


@blueprint.put("/graphs")
@blueprint.put("/graphs/<path:path>")
def put(path: str = "") -> Response:
    """The body becomes the graph (§5.3)."""
    holder = bearer("contributor")
    graph = _graph(path)
    with _documents(graph) as documents:
        return _done(_make(GraphChange("replace", graph, documents), holder))


@blueprint.post("/graphs")
@blueprint.post("/graphs/<path:path>")
def post(path: str = "") -> Response:
    """The body is merged into the graph (§5.5), or becomes a new one."""
    holder = bearer("contributor")
    if not path and not {"graph", "default"} & request.args.keys():
        graph: str | None = f"{request.base_url.rstrip('/')}/{uuid.uuid4()}"
        with _documents(graph) as documents:
            response = _done(_make(GraphChange("merge", graph, documents), holder))
        response.headers["Location"] = graph or ""
        return response
    graph = _graph(path)
    with _documents(graph) as documents:
        return _done(_make(GraphChange("merge", graph, documents), holder))


@blueprint.delete("/graphs")
@blueprint.delete("/graphs/<path:path>")
def delete(path: str = "") -> Response:
    """The graph is removed (§5.4)."""
    holder = bearer("contributor")
    return _done(_make(GraphChange("delete", _graph(path)), holder))


def _graph(path: str) -> str | None:
    """The graph that the request is about; ``None`` is the default graph."""
    named, default = request.args.getlist("graph"), "default" in request.args
    if path:
        named = [*named, request.base_url]
    if len(named) + default != 1:
        raise BadRequest(
            reason=Text(
                "应给出一个 graph 参数，或 default，或图自己的地址",
                "give one 'graph' parameter, or 'default', or the graph's own address",
            )
        )
    return absolute(named)[0] if named else None


def _make(change: GraphChange, holder: Holder) -> Written:
    """Makes the change, if the state is one that the request allows (RFC 9110 §13.1)."""
    holder.grant.demand_graph(change.graph or UNNAMED_GRAPH)
    if request.if_match:
        change = replace(change, must_exist=True)
    if request.if_none_match.star_tag:
        change = replace(change, must_exist=False)
    return make_change(change, holder, deadline())


def _done(made: Written) -> Response:
    return written(made, 201 if made.created else 204)


@contextmanager
def _documents(graph: str | None) -> Iterator[Sequence[Document]]:
    """The body, or each part of a multipart body (§5.5.1), in a file of its own."""
    base = graph or request.base_url
    with temporary_folder() as name:
        folder = Path(name)
        body = folder / "body"
        with body.open("wb") as file:
            shutil.copyfileobj(request.stream, file)
        if request.mimetype == "multipart/form-data":
            yield list(_parts(body, folder, base))
        else:
            check_charset()
            yield [Document(str(body), _form(request.mimetype, "").media_type, base)]


def _parts(body: Path, folder: Path, base: str) -> Iterator[Document]:
    """The files of a multipart body.  Raises BadRequest unless every part is one, and whole."""
    files = _files(body, request.mimetype_params.get("boundary", "").encode())
    if not files:
        raise BadRequest(
            reason=Text(
                "multipart 内容不完整，或有的部分不是文件",
                "the multipart body is not whole, or a part of it is not a file",
            )
        )
    for number, file in enumerate(files):
        path = folder / str(number)
        file.save(path)
        form = _form(file.mimetype, file.filename or "")
        yield Document(str(path), form.media_type, base)


def _files(body: Path, boundary: bytes) -> list[FileStorage]:
    """The parts of a multipart body; none at all if one is not a file, or not whole."""
    size = body.stat().st_size
    with body.open("rb") as content:
        content.seek(max(0, size - _TAIL))
        if not boundary or b"--" + boundary + b"--" not in content.read():
            return []
        content.seek(0)
        try:
            fields, files = MultiPartParser().parse(content, boundary, size)
        except (ValueError, HTTPException):
            return []
    return [] if fields else [file for named in files.listvalues() for file in named]


def _form(media_type: str, filename: str) -> Format:
    """The format of a document: by its media type, for an uploaded file by its name too."""
    named = by_name(Path(filename).suffix.removeprefix("."), GRAPH_FORMATS) if filename else None
    known = by_name(media_type, GRAPH_FORMATS) if media_type else None
    form = known or named or (None if media_type else GRAPH_FORMATS[0])
    if form is None:
        raise UnsupportedMediaType(given=media_type, offered=names(GRAPH_FORMATS))
    return form
