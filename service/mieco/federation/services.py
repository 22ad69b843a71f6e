"""The SERVICE clauses of a text, put to their endpoints (SPARQL 1.1 Federated Query)."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlencode

from mieco.engine.base import Remote
from mieco.engine.service import ServiceClause, service_clauses
from mieco.errors import Overloaded, QueryRefused, RemoteFailed, Text
from mieco.federation.outside import Outside

# Each holds a thread of the service while the other host thinks.
_AT_ONCE = threading.BoundedSemaphore(16)
_ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"


def ask_remotes(
    text: str, base: str | None, outside: Outside, *, seconds: float
) -> dict[int, Remote]:
    """What the endpoints answered, by the place of their clause in the text.

    A failure is an answer too: whether it matters, SILENT decides where the text is
    evaluated.  The clauses share the deadline.  Raises Overloaded where too many wait for
    other hosts already.
    """
    if not outside.hosts:
        return {}  # and where the text is evaluated, that is said
    clauses = service_clauses(text, base)
    if not clauses:
        return {}
    if not _AT_ONCE.acquire(blocking=False):
        raise Overloaded
    try:
        deadline = time.monotonic() + seconds
        return {c.start: _ask(c, outside, deadline - time.monotonic()) for c in clauses}
    finally:
        _AT_ONCE.release()


def _ask(clause: ServiceClause, outside: Outside, seconds: float) -> Remote:
    if clause.endpoint is None:
        return Remote(
            error=Text(
                "SERVICE 之后应为端点的 IRI，不能是变量",
                "SERVICE must name its endpoint by an IRI; a variable cannot stand there",
            ),
            refused=True,
        )
    form = urlencode({"query": clause.query}).encode()
    try:
        fetched = outside.fetch(clause.endpoint, _ACCEPT, seconds=max(0.0, seconds), form=form)
        return Remote(fetched.body.decode(), fetched.media_type)
    except (QueryRefused, RemoteFailed) as error:
        reason = error.facts["reason"]
        told = reason if isinstance(reason, Text) else Text(str(reason), str(reason))
        return Remote(error=told, refused=isinstance(error, QueryRefused))
    except UnicodeDecodeError:
        return Remote(
            error=Text(
                "SERVICE 的端点没有返回 UTF-8 文本",
                "the SERVICE endpoint did not return UTF-8 text",
            )
        )
