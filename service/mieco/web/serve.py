"""Runs the service under granian, on a socket that is known to be free."""

from __future__ import annotations

import contextlib
import os
import socket
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from mieco.ask.maps.base import read_map_base
from mieco.engine.current import CurrentEngine
from mieco.engine.opening import engine_opener
from mieco.engine.sandbox import end_with_parent
from mieco.engine.searching import Search
from mieco.engine.snapshot import check_snapshot
from mieco.errors import MiecoError, PortInUse
from mieco.federation.outside import read_outside
from mieco.push.live import finish_switch
from mieco.releases import Release, Releases
from mieco.search.finders import Finders
from mieco.settings import Settings
from mieco.web import check_base, create_app
from mieco.web.answer_cache import AnswerCache
from mieco.web.body import body_rules
from mieco.web.gateway import Gateway
from mieco.web.warming import Warmer, first_pages

# The head of the next request must arrive within this time, or the connection is closed.
_HEADER_SECONDS = 30
# Answers that are under way when the service is told to stop have so long to end.
_STOP_SECONDS = 10
# Requests that may be under way at once; a slow one holds no thread, only its place.
_CONNECTIONS = 4096


def check_port(settings: Settings) -> None:
    """Raises PortInUse if nobody could listen there, BadSetting for hosts, a base or a base of
    maps of no use."""
    read_outside(settings.federation, settings.federation_networks, 0)
    read_map_base(settings)
    check_base(settings)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise PortInUse(
            host=settings.host, port=settings.port, reason=error.strerror or str(error)
        ) from None


def load_app(settings: Settings, parent: int) -> Any:
    """The application with an engine of its own, for one server process.

    That ends with its parent, the process of that number, also where this is killed: nobody could
    listen at its port again otherwise.
    """
    end_with_parent(parent)
    try:
        finders = Finders()

        def search(release: Release) -> Search:
            return partial(finders.hits, release, seconds=settings.timeout)

        follow = partial(_follow, settings)
        engine = CurrentEngine(Releases(settings.data), engine_opener(settings, search, follow))
        app = create_app(settings, engine, finders)
        cache = AnswerCache(settings.cache << 20, engine.number)
        gateway = Gateway(app, body_rules(settings, app.extensions["mieco"].holders), cache)
        if settings.warm:
            base = urlsplit(settings.base)
            authority = base.netloc or f"{settings.host}:{settings.port}"
            paths = [f"{base.path.rstrip('/')}{path}" for path in first_pages(app)]
            Warmer(engine, gateway.ask, paths, authority)
    except MiecoError as error:
        click.echo(f"mieco: {error}", err=True)
        os._exit(error.exit_code)
    known_as = f" ({settings.base})" if settings.base else ""
    click.echo(f"mieco: http://{settings.host}:{settings.port}/{known_as}", err=True)
    return gateway


def _follow(settings: Settings) -> None:
    """Makes the release current that an engine of others holds, if it was made here."""
    if not settings.read_only:
        with contextlib.suppress(MiecoError):
            finish_switch(settings)


def serve(settings: Settings) -> None:
    """Serves until it is told to stop.

    Raises NoRelease or BadRelease before the port is taken.
    """
    release = Releases(settings.data).current()
    if not settings.engine:
        check_snapshot(release.folder)
    server = Granian(
        "mieco",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000),
        workers=1,
        workers_kill_timeout=_STOP_SECONDS,
        backlog=_CONNECTIONS,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        process_name=None,
    )
    server.serve(target_loader=partial(load_app, settings, os.getpid()), wrap_loader=False)
