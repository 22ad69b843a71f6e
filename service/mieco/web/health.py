"""``/health``: is the service ready, and what does it serve?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from mieco import __version__
from mieco.engine.remote import RemoteEngine
from mieco.web.service import service

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> Response:
    with service().engine.use() as (engine, release):
        manifest = release.manifest
        state = engine.state() if isinstance(engine, RemoteEngine) else {"kind": "embedded"}
    return jsonify(
        status="ok",
        engine=state,
        version=__version__,
        release=manifest.number,
        created=manifest.created,
        triples=manifest.triples,
        read_only=service().settings.read_only,
    )
