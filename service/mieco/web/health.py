"""``/health``: is the service alive, is it ready, and what does it serve?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify

from mieco import __version__
from mieco.durable import writable
from mieco.engine.base import Query
from mieco.engine.remote import RemoteEngine
from mieco.errors import EngineUnavailable, MiecoError, Text
from mieco.scratch import scratch
from mieco.web.service import service

blueprint = Blueprint("health", __name__)

# An engine that takes longer for the smallest query is not ready.
_SECONDS = 5.0
_NOT_READY = 503
# So much must fit onto the disk.
_SOME = bytes(4096)


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


@blueprint.get("/health/live")
def live() -> Response:
    """This process answers.  The gateway says so itself, before anything else (visits.py)."""
    return _uncached(jsonify(status="live"))


@blueprint.get("/health/ready")
def ready() -> Response:
    """Everything that readers and writers need is there; 503, and what is not, if it is not."""
    found = {name: _code(check) for name, check in _checks().items()}
    well = all(code == "ok" for code in found.values())
    response = _uncached(jsonify(status="ready" if well else "not ready", checks=found))
    response.status_code = 200 if well else _NOT_READY
    return response


def _checks() -> Mapping[str, Callable[[], None]]:
    checks = {"engine": _engine, "disk": _disk}
    if service().settings.read_only:
        return checks
    return {**checks, "tokens": _tokens, "audit": service().audit.check}


def _code(check: Callable[[], None]) -> str:
    """``ok``, or the code of what is wrong."""
    try:
        check()
    except MiecoError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 (whatever it is, the service is not ready)
        return type(error).__name__
    return "ok"


def _engine() -> None:
    """The engine answers; another release is being opened at most, however long that takes."""
    current = service().engine
    with current.use(seconds=_SECONDS) as (engine, _):
        engine.query(Query("ASK {}"), seconds=_SECONDS).read()
    if current.is_behind:
        number = service().releases.current_number()
        raise EngineUnavailable(
            reason=Text(f"发布 {number} 打不开", f"release {number} cannot be opened")
        )


def _disk() -> None:
    """What is made meanwhile can be written."""
    settings = service().settings
    folder = scratch(settings) if settings.read_only else settings.data
    with writable(folder), tempfile.TemporaryFile(dir=folder) as file:
        file.write(_SOME)
        file.flush()


def _tokens() -> None:
    service().holders.tokens.all()


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
