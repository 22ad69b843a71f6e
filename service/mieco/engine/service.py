"""SERVICE (SPARQL 1.1 Federated Query): the engine itself never speaks to another host.

A SERVICE clause is cut out of the text before evaluation.  Its pattern becomes a query of
its own, which somebody with leave to do so puts to the endpoint; the solutions that come
back take the clause's place as a VALUES block.  That is what the specification defines: the
pattern is evaluated there, on its own, and its solutions are joined (§2.4).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import (
    BlankNode,
    QueryResultsFormat,
    QuerySolutions,
    Triple,
    parse_query_results,
)

from mieco.engine.base import Remote
from mieco.engine.tokens import (
    Token,
    check_nesting,
    declared,
    has_word,
    lower_booleans,
    resolve,
    tokens,
)
from mieco.errors import QueryRefused, RemoteFailed, Text
from mieco.stores import Term
from mieco.terms import SKOLEM

_MOST_CLAUSES = 32


@dataclass(frozen=True, slots=True)
class ServiceClause:
    """One SERVICE clause of a text, from ``start`` to ``end``.

    ``endpoint`` is ``None`` where it is a variable; ``query`` is what to ask there.
    """

    start: int
    end: int
    silent: bool
    endpoint: str | None
    query: str


def service_clauses(text: str, base: str | None) -> list[ServiceClause]:
    """The SERVICE clauses of a query or update, outermost ones only.

    Raises QueryRefused for more than anybody needs.
    """
    if not has_word(text, "SERVICE"):
        return []
    words = list(tokens(text))
    found: list[ServiceClause] = []
    for place, word in enumerate(words):
        inside = bool(found) and word.start < found[-1].end
        if (word.kind, word.text) == ("word", "SERVICE") and not inside:
            if len(found) == _MOST_CLAUSES:
                raise QueryRefused(
                    reason=Text(
                        f"SERVICE 子句多于 {_MOST_CLAUSES} 个",
                        f"there are more than {_MOST_CLAUSES} SERVICE clauses",
                    )
                )
            found.append(_clause(text, words, place, base))
    return found


def _clause(text: str, words: Sequence[Token], place: int, base: str | None) -> ServiceClause:
    word, after = words[place], words[place + 1 : place + 3]
    silent = bool(after) and after[0].text == "SILENT"
    first = place + 1 + silent
    group = _group(words, first)
    if group is None:
        # The group never ends: the engine says where the syntax is wrong.
        return ServiceClause(word.start, len(text), silent, None, "")
    start, end = group
    prologue = declared(words[:place])
    named = words[first] if words[first].kind in ("iri", "name") else None
    endpoint = resolve(named.text, prologue, base) if named else None
    # Where BASE is not declared, the base of this service holds there too.
    usual = f"BASE <{base}>\n" if base else ""
    query = f"{usual}{prologue}\nSELECT * WHERE {text[start:end]}"
    return ServiceClause(word.start, end, silent, endpoint, query)


def _group(words: Sequence[Token], first: int) -> tuple[int, int] | None:
    """Where the next bracketed part starts and ends."""
    depth, start = 0, None
    for place in range(first, len(words)):
        word = words[place]
        if word.kind == "open":
            start = word.start if start is None else start
            depth += 1
        elif word.kind == "close":
            depth -= 1
            if depth == 0 and start is not None:
                return start, word.end
    return None


def prepared(text: str, remotes: Mapping[int, Remote]) -> str:
    """A query or update as the engine takes it: not too deep, and with nothing left to fetch.

    Raises QueryRefused or RemoteFailed.
    """
    check_nesting(text)
    return inline(lower_booleans(text), remotes)


def inline(text: str, remotes: Mapping[int, Remote]) -> str:
    """The text with the solutions of its SERVICE clauses in their place.

    ``remotes`` holds what came back, by the clause's ``start``.  Where nothing did, a SILENT
    clause becomes one empty solution (§2.3.1).  Raises QueryRefused or RemoteFailed for any other.
    """
    written, done = [], 0
    for clause in service_clauses(text, None):
        if clause.end == len(text) and not clause.query:
            break
        remote = remotes.get(clause.start, NOT_ASKED)
        block = _block(remote, silent=clause.silent)
        lines = text.count("\n", clause.start, clause.end)
        written += [text[done : clause.start], block, "\n" * lines]
        done = clause.end
    return "".join([*written, text[done:]])


NOT_ASKED = Remote(
    error=Text(
        "这里不允许 SERVICE 访问其他主机（管理员可设置 MIECO_FEDERATION）",
        "SERVICE may not reach other hosts from here (the administrator can set MIECO_FEDERATION)",
    ),
    refused=True,
)


def _block(remote: Remote, *, silent: bool) -> str:
    try:
        if remote.error:
            raise (QueryRefused if remote.refused else RemoteFailed)(reason=remote.error)
        return _values(remote)
    except (QueryRefused, RemoteFailed):
        if silent:
            return "{ }"
        raise


def _values(remote: Remote) -> str:
    form = QueryResultsFormat.from_media_type(remote.media_type)
    try:
        if form is None:
            raise ValueError(remote.media_type)
        results = parse_query_results(remote.body, format=form)
        if not isinstance(results, QuerySolutions):
            raise ValueError("not solutions")  # noqa: TRY004
        names = [variable.value for variable in results.variables]
        scope = uuid.uuid4().hex
        rows = " ".join(
            "(" + " ".join(_written(row[name], scope) for name in names) + ")" for row in results
        )
    except (SyntaxError, ValueError):
        raise RemoteFailed(
            reason=Text(
                "SERVICE 的端点没有返回可读的 SPARQL 结果",
                "the SERVICE endpoint did not return SPARQL results that can be read",
            )
        ) from None
    return f"{{ VALUES ({' '.join('?' + name for name in names)}) {{ {rows} }} }}"


def _written(term: Term | None, scope: str) -> str:
    match term:
        case None:
            return "UNDEF"
        case BlankNode():
            # A blank node cannot stand in VALUES: it gets a Skolem IRI (RDF 1.1 §3.5), which
            # no node of another answer has.
            return f"<{SKOLEM}{scope}-{term.value}>"
        case Triple():
            parts = (term.subject, term.predicate, term.object)
            return f"<<( {' '.join(_written(part, scope) for part in parts)} )>>"
    return str(term)
