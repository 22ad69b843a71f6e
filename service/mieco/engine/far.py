"""The engine of ``MIECO_ENGINE``: where it is, what it is, and which release it holds."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import QueryResultsFormat, parse_query_results

from mieco.engine.base import Kind
from mieco.engine.breaker import Breaker
from mieco.engine.endpoint import Credentials, Endpoint, Reply
from mieco.engine.pointer import Pointer
from mieco.engine.products import UNKNOWN, Product, product_of
from mieco.engine.tokens import split_prologue, tokens
from mieco.engine.transcoding import READ_SOLUTIONS, as_boolean, usual_name
from mieco.errors import EngineFailed, EngineRefused, EngineUnreachable, Text
from mieco.settings import Settings
from mieco.stores import Row, as_rows

_POINTER: Final = (Path(__file__).parent / "pointer.rq").read_text(encoding="utf-8")
_KINDS: Final[Mapping[str, Kind]] = {
    "SELECT": "solutions",
    "ASK": "boolean",
    "CONSTRUCT": "graph",
    "DESCRIBE": "graph",
}
_OK = 200
_REFUSED = (401, 403, 407)
_MOST_TOLD = 300
_PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """What is at the other end: the product, and how it calls itself."""

    product: Product
    server: str


class Far:
    """An engine of somebody else's.  Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._credentials = Credentials(
            settings.engine_user,
            settings.engine_password,
            settings.engine_token,
            settings.engine_header,
        )
        self._breaker = Breaker()
        self._lock = threading.Lock()
        self._found: Found | None = None
        self._endpoint = self._endpoint_at(settings.engine, UNKNOWN)

    def _endpoint_at(self, address: str, product: Product) -> Endpoint:
        return Endpoint(address, product.name, self._credentials, self._breaker)

    @property
    def is_well(self) -> bool:
        """Was it reached when it was last asked?"""
        return self._breaker.is_well

    def found(self) -> Found:
        """What it is, which is asked once.

        Raises EngineUnreachable, EngineRefused, EngineFailed, DeadlineExceeded or BadSetting.
        """
        with self._lock:
            if self._found is None:
                first = self._endpoint
                reply = first.ask([("query", "ASK {}")], READ_SOLUTIONS, seconds=_PROBE_SECONDS)
                product = product_of(self.settings.engine_kind, reply.headers)
                self._endpoint.name = product.name
                body = b"".join(self.checked(reply).chunks)
                first.close()
                _boolean(_parsed(body, reply, product.name), product.name)
                self._found = Found(product, reply.headers.get("Server", "").strip())
            return self._found

    @property
    def product(self) -> Product:
        """What it is; raises as :meth:`found`."""
        return self.found().product

    def queries(self) -> Endpoint:
        """Where queries go."""
        self.found()
        return self._endpoint

    def updates(self) -> Endpoint:
        """Where updates go."""
        product = self.product
        address = self.settings.engine_update or product.update_address(self.settings.engine)
        return self._endpoint_at(address, product)

    def pointer(self, *, seconds: float = _PROBE_SECONDS) -> Pointer | None:
        """What it holds; ``None`` where no mieco has published to it.  Raises as :meth:`found`."""
        product = self.product
        if product.ours:
            reply = self.checked(
                self.queries().ask([("query", "ASK {}")], READ_SOLUTIONS, seconds=seconds)
            )
            reply.close()
            number = reply.headers.get("Mieco-Release", "")
            return Pointer(int(number) if number.isdecimal() else None)
        if product.read_only:
            return Pointer(None)
        return Pointer.of(self.rows(_POINTER, seconds=seconds))

    def rows(self, text: str, form: Sequence[tuple[str, str]] = (), *, seconds: float) -> list[Row]:
        """The rows of a SELECT query, with further parameters.  Raises as :meth:`found`."""
        return as_rows(self._results(text, form, seconds))

    def asked(self, text: str, form: Sequence[tuple[str, str]] = (), *, seconds: float) -> bool:
        """The answer to an ASK query, likewise."""
        return _boolean(self._results(text, form, seconds), self.product.name)

    def _results(self, text: str, form: Sequence[tuple[str, str]], seconds: float) -> object:
        reply = self.checked(
            self.queries().ask([("query", text), *form], READ_SOLUTIONS, seconds=seconds)
        )
        return _parsed(b"".join(reply.chunks), reply, self.product.name)

    def update(self, text: str, *, seconds: float) -> None:
        """Makes a change.  Raises as :meth:`found`."""
        endpoint = self.updates()
        reply = endpoint.change([("update", text)], seconds=seconds)
        if 200 <= reply.status < 300:  # noqa: PLR2004
            for _ in reply.chunks:
                pass  # so that the connection ends in order
            endpoint.close()
            return
        self.checked(reply)
        reply.close()
        raise EngineFailed(engine=self.product.name, reason=f"HTTP {reply.status}")

    def checked(self, reply: Reply) -> Reply:
        """The same reply if it is an answer.

        Raises EngineRefused, EngineUnreachable or EngineFailed for any other.
        """
        if reply.status == _OK:
            return reply
        name = self._endpoint.name
        if reply.status in _REFUSED:
            reply.close()
            raise EngineRefused(engine=name, status=reply.status)
        if reply.is_busy:
            reply.close()
            raise EngineUnreachable(engine=name, reason=f"HTTP {reply.status}")
        raise EngineFailed(engine=name, reason=told(reply))

    def close(self) -> None:
        """Closes its connections."""
        self._endpoint.close()


def kind_of(text: str) -> Kind | None:
    """What a query gives; ``None`` for what is no query."""
    word = next(tokens(split_prologue(text)[1]), None)
    return _KINDS.get(word.text) if word and word.kind == "word" else None


def told(reply: Reply) -> str | Text:
    """What a reply that is no answer says, shortened to a line or two; it is closed."""
    words = " ".join(reply.start(4 * _MOST_TOLD).decode(errors="replace").split())
    if not words or "html" in reply.media_type or words.startswith("<"):
        return f"HTTP {reply.status}"
    return f"HTTP {reply.status}: {words[:_MOST_TOLD]}"


def _boolean(results: object, engine: str) -> bool:
    """Results that are the answer to ASK.  Raises EngineFailed for others."""
    answer = as_boolean(results)
    if answer is None:
        raise EngineFailed(engine=engine, reason=_NOT_SPARQL)
    return bool(answer)


def _parsed(body: bytes, reply: Reply, engine: str) -> object:
    form = QueryResultsFormat.from_media_type(usual_name(reply.media_type))
    try:
        if form is None:
            raise ValueError(reply.media_type)
        return parse_query_results(body, format=form)
    except (SyntaxError, ValueError):
        raise EngineFailed(engine=engine, reason=_NOT_SPARQL) from None


_NOT_SPARQL = Text("回答的不是 SPARQL 结果", "what came back are no SPARQL results")
