"""A plain query on its way past Flask: put to the engine, and its answer given Flask's headers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from mieco.engine.base import Engine, Query
from mieco.engine.cancellation import Cancellation
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import Begun, EmbeddedEngine
from mieco.releases import Release
from mieco.web.compression import compressed, is_worth_it
from mieco.web.environ import ANSWERED, FAULT, Answered
from mieco.web.place import WSGI
from mieco.web.sparql import is_lasting
from mieco.web.spool import first_bytes

OK = "200 OK"
# So many kinds of answers are remembered.
_MOST = 1024

Headers = list[tuple[str, str]]


class Asked(NamedTuple):
    """A plain request: what is asked, and all else that the headers of its answer depend on.

    ``tag`` makes the mark of an answer from its release, where the request may have one.
    """

    kind: Hashable
    query: Query
    seconds: float
    tag: Callable[[Release], str] | None


class Given(NamedTuple):
    """An answer as it goes out, with status 200; does it rest on the release alone?

    The names of headers are in lower case.
    """

    headers: Headers
    body: bytes
    lasting: bool


@dataclass(frozen=True, slots=True)
class _Head:
    """The headers of a kind of answer, as Flask gave them, and where they differ.

    Their names are in lower case.  Another answer's tag stands between ``before`` and ``after``.
    """

    headers: Headers
    length: int
    tag: int | None
    before: str
    after: str
    coded: bool

    @classmethod
    def of(cls, headers: Headers, tag: str | None) -> _Head | None:
        """``None`` where what differs is not there."""
        headers = [(name.lower(), value) for name, value in headers]
        places = {name: place for place, (name, _) in enumerate(headers)}
        length, marked = places.get("content-length"), places.get("etag")
        if length is None or (tag is None) != (marked is None):
            return None
        before, found, after = headers[marked][1].partition(tag) if marked and tag else ("",) * 3
        if tag and not found:
            return None
        return cls(headers, length, marked, before, after, "content-encoding" in places)

    def with_(self, length: int, tag: str | None) -> Headers:
        """The headers of an answer of this kind."""
        headers = self.headers.copy()
        headers[self.length] = ("content-length", str(length))
        if self.tag is not None:
            headers[self.tag] = ("etag", f"{self.before}{tag}{self.after}")
        return headers


class Heads:
    """The headers of answers, by kind.  Thread-safe."""

    def __init__(self) -> None:
        self._heads: dict[Hashable, _Head] = {}

    def get(self, kind: Hashable) -> _Head | None:
        """Those that Flask gave an answer of this kind."""
        return self._heads.get(kind)

    def learn(self, kind: Hashable, tag: str | None, headers: Headers) -> None:
        """Flask gave these to an answer of this kind with that tag."""
        if head := _Head.of(headers, tag):
            if len(self._heads) >= _MOST:
                self._heads.clear()
            self._heads[kind] = head


class Lookup:
    """A plain query put to the engine.  Whoever begins one must finish or close it.

    What it has no headers for, and whatever goes wrong, :meth:`by_flask` then tells.
    """

    def __init__(
        self, asked: Asked, current: CurrentEngine, cancellation: Cancellation, heads: Heads
    ) -> None:
        self._asked = asked
        self._current = current
        self._cancellation = cancellation
        self._heads = heads
        self._leave = ExitStack()
        self._begun: tuple[Begun, Engine, Release] | None = None
        self._fault: Exception | None = None
        self._answered: Answered | None = None
        self._learn: Callable[[Headers], None] = _forget

    def begin(self) -> Begun | None:
        """Puts the query to a worker, if that can be done without waiting for anything."""
        asked = self._asked
        try:
            engine, release = self._leave.enter_context(self._current.use(seconds=0))
            begun = (
                engine.begin(asked.query, seconds=asked.seconds, cancellation=self._cancellation)
                if isinstance(engine, EmbeddedEngine)
                else None
            )
        except BaseException:
            self._leave.close()
            raise
        if begun is None:
            self._leave.close()
            return None
        self._leave.callback(begun.close)
        self._begun = begun, engine, release
        return begun

    def close(self) -> None:
        """Ends the query."""
        self._leave.close()

    def finish(self) -> Given | None:
        """The answer, if it is short and Flask has given headers to one of its kind before.

        Waits for the engine, unless the answer of what was begun is whole.
        """
        if self._fault or self._answered:
            return None
        try:
            return self._finish()
        except Exception as error:  # noqa: BLE001 (Flask's part is to tell it)
            self._leave.close()
            self._fault = error
            return None

    def _finish(self) -> Given | None:
        asked = self._asked
        if self._begun:
            begun, engine, release = self._begun
            answer = begun.answer()
        else:
            engine, release = self._leave.enter_context(self._current.use())
            answer = engine.query(
                asked.query, seconds=asked.seconds, cancellation=self._cancellation
            )
        self._leave.callback(answer.close)
        body, whole = first_bytes(answer)
        lasting = is_lasting(asked.query.text)
        tag = asked.tag(release) if asked.tag and lasting else None
        kind = (
            asked.kind,
            lasting,
            (release.manifest.number, release.manifest.created),
            (answer.kind, answer.media_type, answer.entailment),
            is_worth_it(len(body)),
        )
        if whole and not answer.unknown_terms:
            if head := self._heads.get(kind):
                self._leave.close()
                body = compressed(body) if head.coded else body
                return Given(head.with_(len(body), tag), body, lasting)
            self._learn = partial(self._heads.learn, kind, tag)
        answer = replace(answer, chunks=chain((body,), answer.chunks))
        self._answered = Answered(answer, engine, release, self._leave.pop_all())
        return None

    def by_flask(
        self, flask: WSGI, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """What Flask makes of a query that was finished without an answer."""

        def start(status: str, headers: Headers, *error: Any) -> Any:
            if status == OK:
                self._learn(headers)
            return start_response(status, headers, *error)

        environ[FAULT], environ[ANSWERED] = self._fault, self._answered
        try:
            return flask(environ, start)
        finally:
            if answered := environ.pop(ANSWERED):  # it was not taken
                answered.leave.close()


def _forget(_headers: Headers) -> None:
    """There is nothing to learn of them."""
