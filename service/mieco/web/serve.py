"""Runs the service under granian."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from mieco.access.tokens import Tokens
from mieco.ask.maps.base import read_map_base
from mieco.engine.current import CurrentEngine
from mieco.engine.opening import engine_opener
from mieco.engine.sandbox import end_with_parent
from mieco.engine.searching import Search
from mieco.engine.snapshot import check_snapshot
from mieco.errors import MiecoError, NotWritable, Text
from mieco.federation.outside import read_outside
from mieco.logs import Journal, JournalHandler, announce
from mieco.push.live import finish_switch
from mieco.releases import Release, Releases
from mieco.search.finders import Finders
from mieco.settings import Settings
from mieco.terminal import language
from mieco.web import check_base, create_app
from mieco.web.answer_cache import AnswerCache
from mieco.web.body import body_rules
from mieco.web.gateway import Gateway
from mieco.web.handover import Ready, Server
from mieco.web.listening import BACKLOG, Listener, connections, listener
from mieco.web.service import Service
from mieco.web.visits import Visits
from mieco.web.warming import Warmer, first_pages

# The head of the next request must arrive within this time, or the connection is closed.
_HEADER_SECONDS = 30

log = logging.getLogger("mieco")


def check_start(settings: Settings) -> None:
    """Raises BadSetting for hosts, a base or a base of maps of no use."""
    read_outside(settings.federation, settings.federation_networks, 0)
    read_map_base(settings)
    check_base(settings)


def check_release(settings: Settings) -> None:
    """Raises NoRelease or BadRelease where the service could answer from nothing."""
    release = Releases(settings.data).current()
    if not settings.engine:
        check_snapshot(release.folder)


def check_writing(settings: Settings) -> None:
    """Raises NotWritable or TokensUnreadable where the service could not take changes."""
    data = settings.data.absolute()
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise NotWritable(folder=str(there), reason=os.strerror(errno.EACCES))
    Tokens(settings.data).all()


def load_app(settings: Settings, parent: int, listening: Listener, ready: Ready) -> Any:
    """The application with an engine of its own, for one server process.

    That ends with its parent, the process of that number, also where this is killed: nobody could
    listen at its port again otherwise.
    """
    end_with_parent(parent)
    # Until the server runs nobody waits for an answer, and it may end at once.  The handlers of the
    # first process, which a fork has too, would keep it from that.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        finders = Finders()

        def search(release: Release) -> Search:
            return partial(finders.hits, release, seconds=settings.timeout)

        follow = partial(_follow, settings)
        engine = CurrentEngine(Releases(settings.data), engine_opener(settings, search, follow))
        app = create_app(settings, engine, finders)
        made: Service = app.extensions["mieco"]
        cache = AnswerCache(settings.cache << 20, engine.number)
        visits = Visits(made, _journal(settings), app, engine.number)
        gateway = Gateway(app, body_rules(settings, made.holders), cache, visits)
        if settings.warm:
            base = urlsplit(settings.base)
            authority = base.netloc or f"{settings.host}:{settings.port}"
            paths = [f"{base.path.rstrip('/')}{path}" for path in first_pages(app)]
            Warmer(engine, gateway.ask, paths, authority)
    except MiecoError as error:
        click.echo(f"mieco: {error}", err=True)
        os._exit(error.exit_code)
    listening.listen()
    known_as = f" ({settings.base})" if settings.base else ""
    where = f"http://{settings.host}:{settings.port}/{known_as}"
    announcer(settings)(Text(where, where))
    ready.tell()
    return gateway


def announcer(settings: Settings) -> Any:
    """What says something to the operator, in the form of the log."""
    return partial(announce, language=language(), as_json=settings.log == "json")


def _journal(settings: Settings) -> Journal:
    """Where this process logs; Python's own logging goes there too."""
    secrets = (
        *(settings.token, settings.engine_password, settings.engine_token),
        settings.engine_header.partition(":")[2].strip(),
    )
    journal = Journal(as_json=settings.log == "json", secrets=secrets)
    log.addHandler(JournalHandler(journal))
    log.propagate = False
    return journal


def _follow(settings: Settings) -> None:
    """Makes the release current that an engine of others holds, if it was made here."""
    if not settings.read_only:
        with contextlib.suppress(MiecoError):
            finish_switch(settings)


def serve(settings: Settings) -> None:
    """Serves until it is told to stop.

    Raises NoRelease, BadRelease or PortInUse before anybody is listened to.
    """
    check_release(settings)
    most = connections()
    listening, ready = listener(settings), Ready()
    server = Server(
        listening,
        ready,
        announcer(settings),
        stop_seconds=settings.stop_timeout,
        target="mieco",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000),
        workers=1,
        backlog=BACKLOG,
        backpressure=most,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        process_name=None,
    )
    loader = partial(load_app, settings, os.getpid(), listening, ready)
    server.serve(target_loader=loader, wrap_loader=False)
