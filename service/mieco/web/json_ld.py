"""``/context.jsonld``, and documents written with its names."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from flask import Blueprint, Response, url_for
from pyoxigraph import RdfFormat, Triple, parse

from mieco import content
from mieco.curate.context import read_context
from mieco.engine.base import Answer
from mieco.present.formats import JSON_LD
from mieco.present.json_ld import Compactor
from mieco.web.documents import tagged

blueprint = Blueprint("json_ld", __name__)

_DAY = 24 * 3600
# Descriptions up to this size (as N-Triples) are written with short names: that takes memory, and
# time in which nobody else is served.
_MOST = 1 << 18


@blueprint.get("/context.jsonld")
def context() -> Response:
    """What the short names mean: one document, the same for all readers."""
    body = _document()
    response = Response(body, content_type=JSON_LD.content_type)
    response.cache_control.public = True
    response.cache_control.max_age = _DAY
    return tagged(response, hashlib.sha256(body).hexdigest()[:32])


def compact(answer: Answer, iri: str) -> bytes | None:
    """The description of a thing, which an answer gives as N-Triples, in short names.

    ``None`` where it is too large for that, or where the names would be mistaken.
    """
    told = bytearray()
    try:
        for piece in answer.chunks:
            told += piece
            if len(told) > _MOST:
                return None
    finally:
        answer.close()
    triples = {
        Triple(quad.subject, quad.predicate, quad.object)
        for quad in parse(bytes(told), RdfFormat.N_TRIPLES)
    }
    return _compactor().write(triples, iri, url_for("json_ld.context", _external=True))


@cache
def _context() -> dict[str, object]:
    return read_context(content.ontology_files())


@cache
def _document() -> bytes:
    return json.dumps({"@context": _context()}, ensure_ascii=False, indent=2).encode()


@cache
def _compactor() -> Compactor:
    return Compactor(_context())
