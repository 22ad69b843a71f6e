"""The engine of somebody else, behind the same seam as the own one: SPARQL 1.1 Protocol over HTTP.

What is asked there is made of tokens and of the syntax tree, nothing is evaluated here: terms take
the place of variables, SERVICE clauses and ``search:matches`` what was found for them, and the
request names the dataset, so that every engine sees the graphs that ours would.  Answers stream
through where the engine writes the format that is wanted, and are written anew where it does not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from mieco.engine.base import Answer, Entailment, Kind, Query
from mieco.engine.beside import Beside
from mieco.engine.cancellation import Cancellation
from mieco.engine.doubts import FAILED, GRAPHS
from mieco.engine.endpoint import Reply
from mieco.engine.far import Far, kind_of, told
from mieco.engine.holding import Form, Holding
from mieco.engine.searching import Found, Search, Sought, with_found
from mieco.engine.service import prepared
from mieco.engine.substitution import substituted, values_clause
from mieco.engine.syntax import explain
from mieco.engine.tokens import split_prologue, tokens
from mieco.engine.transcoding import (
    READ_GRAPH,
    READ_SOLUTIONS,
    has_its_own_end,
    is_readable,
    transcoded,
    usual_name,
    whole,
)
from mieco.engine.vocabulary import unknown_terms
from mieco.errors import (
    DeadlineExceeded,
    EngineFailed,
    Language,
    NotAcceptable,
    Overloaded,
    QuerySyntaxError,
    SearchMisused,
    Text,
)
from mieco.present.formats import GRAPH_FORMATS, SOLUTION_FORMATS, names
from mieco.releases import Release
from mieco.stores import is_iri
from mieco.terms import MIECO

log = logging.getLogger("mieco")
_NAMES: Final = (Path(__file__).parent / "names.rq").read_text(encoding="utf-8")
_NAMED_AT_ONCE = 500
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)")
_BAD_QUERY = (400, 422)
_LATE = (408, 504)


class RemoteEngine:
    """Puts queries of one release to an engine that holds it.  Thread-safe.

    ``search`` finds things in the names of the release.
    """

    def __init__(
        self,
        release: Release,
        far: Far,
        search: Search | None = None,
        follow: Callable[[], object] = lambda: None,
    ) -> None:
        """Raises EngineBehind where the engine holds another release, and as :meth:`Far.found`."""
        self._release = release
        self._far = far
        self._search = search
        self._holding = Holding(far, release, follow)
        self._beside = Beside(release, far.settings, search)
        most = far.settings.engine_connections
        self._places = threading.BoundedSemaphore(most)
        # Foreign queries leave one place to the pages.
        self._foreign = threading.BoundedSemaphore(max(1, most - 1))

    def state(self) -> Mapping[str, str | bool]:
        """What is at the other end; was it reached, and had it the release, when last asked?"""
        found = self._far.found()
        return {
            "kind": found.product.name,
            "server": found.server,
            "reached": self._far.is_well,
            "holds": self._holding.behind is None,
        }

    # ------------------------------------------------------------------ the seam

    def query(
        self, query: Query, *, seconds: float, cancellation: Cancellation | None = None
    ) -> Answer:
        """See :class:`mieco.engine.base.Engine`."""
        until = time.monotonic() + seconds
        self._holding.look()
        text = self._text(query)
        form, entailment = self._holding.dataset(query)
        doubts = self._doubts(text, form)
        if not doubts:
            with contextlib.suppress(_Unanswered):
                return self._ask(query, text, (form, entailment), seconds, until, cancellation)
            doubts = [FAILED]
        left = until - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded(seconds=seconds)
        return self._beside.query(query, doubts, seconds=left, cancellation=cancellation)

    def _ask(  # noqa: PLR0917
        self,
        query: Query,
        text: str,
        dataset: tuple[Form, Entailment],
        seconds: float,
        until: float,
        cancellation: Cancellation | None,
    ) -> Answer:
        """The answer of the other end.  Raises _Unanswered where ours is to be asked."""
        form, entailment = dataset
        kind = kind_of(text)
        if kind is None:
            raise QuerySyntaxError(reason=_NO_QUERY, line=0, column=0, todo=_SEND_QUERIES)
        wanted = query.graph if kind == "graph" else query.solutions
        if wanted is None:
            offered = GRAPH_FORMATS if kind == "graph" else SOLUTION_FORMATS
            raise NotAcceptable(offered=names(offered))
        unknown = self._unknown_terms(query)
        with ExitStack() as leave:
            self._take_place(query, until, leave)
            left = until - time.monotonic()
            if left <= 0:
                raise DeadlineExceeded(seconds=seconds)
            asked = time.monotonic()
            reply = self._far.queries().ask(
                [("query", text), *form, *self._deadline(left)],
                self._accept(kind, wanted),
                seconds=left,
                cancellation=cancellation,
            )
            leave.callback(reply.close)
            self._check_reply(reply, query, seconds)
            chunks = self._written(reply, kind, wanted, leave)
            if query.explain:
                name = self._far.product.name
                return _explained(name, text, dataset, chunks, asked, leave.pop_all())
            close = leave.pop_all().close
        return Answer(kind, wanted, _closing(chunks, close), close, entailment, unknown)

    def labels(
        self, iris: Sequence[str], language: Language, *, seconds: float
    ) -> dict[str, tuple[str, str]]:
        """See :class:`mieco.engine.base.Engine`."""
        until = time.monotonic() + seconds
        found: dict[str, dict[str, str]] = {}
        known = [iri for iri in dict.fromkeys(iris) if is_iri(iri)]
        for start in range(0, len(known), _NAMED_AT_ONCE):
            part = [NamedNode(iri) for iri in known[start : start + _NAMED_AT_ONCE]]
            text = _NAMES + values_clause({"iri": part})
            left = max(0.001, until - time.monotonic())
            form, _ = self._holding.dataset(Query(text))
            for row in self._far.rows(text, form, seconds=left):
                iri, label = row.get("iri"), row.get("label")
                if isinstance(iri, NamedNode) and isinstance(label, Literal):
                    found.setdefault(iri.value, {})[label.language or ""] = label.value
        order = [language, "zh", "en"]
        chosen = {
            iri: next((tag for tag in order if tag in labels), min(labels))
            for iri, labels in found.items()
        }
        return {iri: (found[iri][tag], tag) for iri, tag in chosen.items()}

    def alive(self) -> bool:
        """See :class:`mieco.engine.base.Engine`; there is nothing to be opened anew."""
        return True

    def close(self) -> None:
        """See :class:`mieco.engine.base.Engine`; what is at the other end goes on."""
        self._beside.close()
        self._far.close()  # only what waits there: the next that is asked calls anew

    # ------------------------------------------------------------- what is asked

    def _text(self, query: Query) -> str:
        """The query as the other end takes it."""
        text = prepared(query.text, query.remotes)
        bindings = {
            name: {"type": "literal" if isinstance(term, Literal) else "uri", "value": term.value}
            for name, term in query.bindings.items()
            if isinstance(term, (Literal, NamedNode))
        }
        text = with_found(text, query.base, bindings, self._ask_names)
        text = substituted(text, query.bindings) + values_clause(query.values)
        if query.base and _is_relative(text):
            return f"BASE <{query.base}> {text}"
        return text

    def _ask_names(self, sought: Sequence[Sought]) -> list[list[Found]]:
        if self._search is None:
            raise SearchMisused(reason=Text("此处没有名称索引", "there is no index of names here"))
        return [[Found(*row) for row in self._search(text, most)] for text, most in sought]

    def _doubts(self, text: str, form: Form) -> Sequence[str]:
        """Why the other end may answer a query wrongly."""
        if (doubts_of := self._far.product.doubts) is None:
            return []
        several = sum(name == "default-graph-uri" for name, _ in form) > 1
        return [*doubts_of(text), *([GRAPHS] if several else [])]

    def _deadline(self, seconds: float) -> Form:
        if (how := self._far.product.deadline) is None:
            return []
        name, units, suffix = how
        return [(name, f"{max(1, math.ceil(seconds * units))}{suffix}")]

    def _accept(self, kind: Kind, wanted: str) -> str:
        readable = READ_GRAPH if kind == "graph" else READ_SOLUTIONS
        faithful = self._far.product.faithful and (kind != "boolean" or has_its_own_end(wanted))
        return f"{wanted}, {readable};q=0.5" if faithful else readable

    # ------------------------------------------------------------ what comes back

    def _check_reply(self, reply: Reply, query: Query, seconds: float) -> None:
        product = self._far.product
        if product.partial and reply.headers.get(product.partial[0], "").startswith(
            product.partial[1]
        ):
            raise DeadlineExceeded(seconds=seconds)
        if reply.status in _LATE:
            raise DeadlineExceeded(seconds=seconds)
        if reply.status < 400 or reply.is_busy:  # noqa: PLR2004
            self._far.checked(reply)
            return
        if reply.status in _BAD_QUERY:
            words = told(reply)
            if product.late and product.late in str(words):
                raise DeadlineExceeded(seconds=seconds)
            self._leave_to_ours(query, words)
            raise explain(f"{product.name}: {words}", query.text)
        try:
            self._far.checked(reply)
        except EngineFailed as error:
            if product.late and product.late in str(error.facts["reason"]):
                raise DeadlineExceeded(seconds=seconds) from None
            self._leave_to_ours(query, error.facts["reason"])
            raise

    def _leave_to_ours(self, query: Query, words: object) -> None:
        """Raises _Unanswered for a query that our own engine is to answer, since the other cannot.

        A page must not break because an engine has a fault.
        """
        if self._far.product.doubts or not query.foreign:
            log.warning("%s could not answer a query: %s", self._far.product.name, words)
            raise _Unanswered

    def _written(self, reply: Reply, kind: Kind, wanted: str, leave: ExitStack) -> Iterator[bytes]:
        """The answer in the format that is wanted."""
        name, came = self._far.product.name, usual_name(reply.media_type)
        if not is_readable(came):
            raise EngineFailed(engine=name, reason=_not_a_format(reply.media_type))
        if not reply.has_end and not has_its_own_end(came):
            # Where the connection's end is the answer's, a broken one looks like a whole one.
            raise EngineFailed(engine=name, reason=_NO_END)
        chunks = whole(reply.chunks, came, name)
        if came == wanted and self._far.product.faithful:
            return chunks
        pieces, leave_it = transcoded(chunks, kind, came, wanted, name)
        # The last callback is the first to be called: what it reads from is closed before.
        leave.callback(leave_it)
        leave.callback(reply.close)
        return pieces

    # -------------------------------------------------------------------- the rest

    def _take_place(self, query: Query, until: float, leave: ExitStack) -> None:
        places = [self._foreign, self._places] if query.foreign else [self._places]
        for each in places:
            if not each.acquire(timeout=max(0.0, until - time.monotonic())):
                raise Overloaded
            leave.callback(each.release)

    def _unknown_terms(self, query: Query) -> dict[str, list[str]]:
        if not query.foreign or MIECO not in query.text:
            return {}
        return unknown_terms(query.text, self._store)

    @cached_property
    def _store(self) -> Store:
        """The release as it is here, which knows the terms of the ontology."""
        return Store.read_only(str(self._release.store))


class _Unanswered(Exception):
    """An error came back of which it is not known whether the query is to blame."""


_NO_QUERY = Text("不是 SPARQL 查询", "it is no SPARQL query")
_SEND_QUERIES = Text(
    "查询以 SELECT、ASK、CONSTRUCT 或 DESCRIBE 开头；更新请发到 /update。",
    "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE; send updates to /update.",
)
_NO_END = Text("看不出回答是否完整", "it cannot be seen whether its answer is whole")


def _not_a_format(media_type: str) -> Text:
    return Text(
        f"回答的内容类型是 {media_type or '未注明'}",
        f"its answer has the media type {media_type or 'none'}",
    )


def _is_relative(text: str) -> bool:
    """Has the text an IRI that something must be said of before it is one?"""
    if not _RELATIVE.search(text):
        return False
    prologue, _ = split_prologue(text)
    if any((token.kind, token.text) == ("word", "BASE") for token in tokens(prologue)):
        return False
    return any(t.kind == "iri" and _RELATIVE.match(t.text) for t in tokens(text))


def _closing(chunks: Iterator[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        close()


def _explained(  # noqa: PLR0917
    engine: str,
    text: str,
    dataset: tuple[Form, Entailment],
    chunks: Iterator[bytes],
    asked: float,
    leave: ExitStack,
) -> Answer:
    """What was asked there, and how long that took."""
    form, entailment = dataset
    with leave:
        began = time.monotonic()
        size = sum(map(len, chunks))
        ended = time.monotonic()
    told = {
        "engine": engine,
        "query": text,
        "dataset": [{"parameter": name, "graph": value} for name, value in form],
        "rewrites": [],
        "entailment": entailment,
        "bytes": size,
        "seconds": {"evaluate": round(began - asked, 6), "write": round(ended - began, 6)},
    }
    body = json.dumps(told, ensure_ascii=False, indent=2).encode()
    return Answer("explanation", "application/json", iter([body]), lambda: None, entailment)
