"""The client itself: questions, SPARQL, things, search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request

import SPARQLWrapper as Sparql

from mieco import __version__
from mieco.client import failures
from mieco.client.answers import (
    Answer,
    Entity,
    Hit,
    Question,
    entity_of,
    hit_of,
    question_of,
    table_of,
)
from mieco.client.tables import Table
from mieco.client.transport import Reply, Transport
from mieco.client.values import Value
from mieco.errors import Language, Text

if TYPE_CHECKING:
    from rdflib import Graph

One = str | int | dt.date | Value
Given = One | Iterable[One] | None

_AGENT = f"mieco-client/{__version__}"
_JSON = "application/json"
_RESULTS = "application/sparql-results+json"
_TURTLE = "text/turtle"


class Client:
    """A mieco service at an address.

    ``language`` is that of names, sentences and errors, ``zh`` or ``en``.  No request takes
    longer than ``timeout`` seconds, except that one which finds no room (503) is made again, up
    to ``retries`` times.  Every failure is a :class:`~mieco.client.failures.ClientError`.
    """

    def __init__(
        self, url: str, *, language: Language = "zh", timeout: float = 30.0, retries: int = 3
    ) -> None:
        if language not in ("zh", "en"):
            raise ValueError("language: zh, en")
        if not timeout > 0 or retries < 0:
            raise ValueError("timeout > 0, retries >= 0")
        self.url = _checked(url, language)
        self.language = language
        self.timeout = timeout
        self._transport = Transport(language=language, timeout=timeout, retries=retries)

    def __repr__(self) -> str:
        return f"<mieco at {self.url}>"

    def ask(
        self, question: str | int, /, *, entailment: str | None = None, **values: Given
    ) -> Answer:
        """The answer to a question, given by id or number: ``ask("q01", consortium="…")``.

        A thing may be given by name, IRI, or a value of another answer; a parameter that may be
        repeated by a list.  ``entailment`` chooses the facts: ``asserted``, ``inferred`` or
        ``both``.  Raises Refused for values that the question does not have.
        """
        pairs = [(name, text) for name, given in values.items() for text in _texts(given)]
        if entailment is not None:
            pairs.append(("entailment", entailment))
        path = f"questions/{quote(str(question), safe='')}"
        with self._reading(path, pairs, limited=True) as told:
            return Answer(told)

    def questions(self, search: str = "") -> list[Question]:
        """The questions that the service answers, or those with all words of a text."""
        with self._reading("questions/", [("search", search)]) as told:
            return [question_of(each, self.language) for each in told]

    def query(self, sparql: str, *, entailment: str | None = None) -> Table | bool | Graph:
        """The answer to a SPARQL query.

        SELECT gives a :class:`~mieco.client.tables.Table`, ASK a ``bool``, CONSTRUCT and
        DESCRIBE an :class:`rdflib.Graph`.  Raises Refused, with ``line`` and ``column`` where
        the text is wrong.
        """
        wrapper = _Query(self._transport, f"{self.url}/sparql")
        wrapper.put(sparql, lang=self.language, timeout=self._deadline(), entailment=entailment)
        reply = wrapper.carried()
        if reply.media_type == _TURTLE:
            from rdflib import Graph  # a tenth of a second, for graphs alone

            try:
                return Graph().parse(data=reply.body, format="turtle")
            except Exception:  # noqa: BLE001 - rdflib has no one class for what it cannot read
                raise failures.cut_off(self.language, reply.url) from None
        told = self._transport.json(reply)
        with self._understood(reply):
            return table_of(told, self.language)

    def entity(self, name: str | Value) -> Entity:
        """All that is said of a thing.

        It is given by a name that it alone bears, its IRI, a path such as
        ``id/consortium/shenzhen`` or a short name such as ``mieco:Consortium``.
        Raises Refused, which names what is like it, where there is none such.
        """
        with self._reading("statements", [("s", _text(name))], limited=True) as told:
            return entity_of(told)

    def search(self, text: str) -> list[Hit]:
        """The things that a text finds by name, the best match first; at most 100.

        The text is part of a name, a short or former one, pinyin or its initials, English words,
        a code or an IRI.  Of several words, all must match.
        """
        with self._reading("search", [("q", text), ("limit", "100")]) as told:
            return [] if told["near"] else [hit_of(each) for each in told["hits"]]

    @contextmanager
    def _reading(
        self, path: str, pairs: list[tuple[str, str]], *, limited: bool = False
    ) -> Iterator[Any]:
        """The JSON at a path; what the block cannot read of it is not mieco's."""
        pairs = [*pairs, ("lang", self.language)]
        if limited:
            pairs.append(("timeout", self._deadline()))
        request = Request(  # noqa: S310 - the scheme is checked
            f"{self.url}/{path}?{urlencode(pairs)}",
            headers={"Accept": _JSON, "User-Agent": _AGENT},
        )
        reply = self._transport.send(request)
        told = self._transport.json(reply)
        with self._understood(reply):
            yield told

    @contextmanager
    def _understood(self, reply: Reply) -> Iterator[None]:
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._transport.not_mieco(reply) from None

    def _deadline(self) -> str:
        """The seconds that the service may take: a little less than we wait, so that it tells."""
        return f"{max(self.timeout - 1, self.timeout / 2):g}"


class _Query(Sparql.SPARQLWrapper):
    """SPARQLWrapper makes the request of the SPARQL protocol; our transport carries it.

    Its own way loses what the service says in an error, and waits as long as a byte comes now
    and then.
    """

    def __init__(self, transport: Transport, endpoint: str) -> None:
        super().__init__(endpoint, returnFormat=Sparql.JSON, agent=_AGENT)
        self._transport = transport
        self.setMethod(Sparql.POST)
        self.setRequestMethod(Sparql.URLENCODED)
        self.setOnlyConneg(True)
        self.addCustomHttpHeader("Accept", f"{_RESULTS}, {_TURTLE};q=0.9")

    def put(self, text: str, **parameters: str | None) -> None:
        """The query and further parameters.

        The service judges what kind of query it is, and that an update is none; setQuery would
        guess it from the text, and warn.
        """
        self.queryString, self.queryType = text, Sparql.SELECT
        for name, given in parameters.items():
            if given is not None:
                self.addParameter(name, given)

    def carried(self) -> Reply:
        """The response."""
        return cast("Reply", self.query().response)

    def _query(self) -> tuple[HTTPResponse, str]:
        reply = self._transport.send(self._createRequest())
        return cast("HTTPResponse", reply), self.returnFormat


def _checked(url: str, language: Language) -> str:
    """The address without what follows its path.  Raises BadAddress."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise failures.bad_address(language, url, Text("写法有误", "it is malformed")) from None
    if parts.scheme not in ("http", "https") or not host:
        reason = Text("要以 http:// 或 https:// 开头", "it must begin with http:// or https://")
        raise failures.bad_address(language, url, reason)
    if parts.username is not None or any(c.isspace() or not c.isprintable() for c in text):
        reason = Text("不能含空格、用户名或密码", "it must have no spaces, user name or password")
        raise failures.bad_address(language, _without_user(url), reason)
    try:
        name = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        reason = Text("主机名有误", "the name of the host is malformed")
        raise failures.bad_address(language, url, reason) from None
    place = f"[{name}]" if ":" in name else name
    path = quote(parts.path, safe="/%-._~!$&'()*+,;=:@").rstrip("/")
    return f"{parts.scheme}://{place}{f':{port}' if port else ''}{path}"


def _without_user(url: str) -> str:
    """The address as it can be shown."""
    scheme, _, rest = url.rpartition("@")[0].partition("://")
    return f"{scheme}://…@{url.rpartition('@')[2]}" if rest else url


def _texts(given: Given) -> Iterator[str]:
    if given is None:
        return
    if isinstance(given, str | int | dt.date | Value):
        yield _text(given)
        return
    if isinstance(given, Mapping):
        raise TypeError("a value or a list of values")
    for each in given:
        yield _text(each)


def _text(given: One) -> str:
    """A value as the service reads it."""
    if isinstance(given, Value):
        return given.value
    if isinstance(given, bool):
        return "true" if given else "false"
    return given.isoformat() if isinstance(given, dt.date) else str(given)
