"""What stands behind the rows of an answer: facts, their sources, and whether they are inferred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode

from mieco.ask.page_queries import page_query
from mieco.engine.base import Engine, Entailment, Query, rows_in, text_of
from mieco.stores import Row, is_iri

# So many facts are looked up at once.
_FACTS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Support:
    """What stands behind a row: its facts, and their sources (IRIs).

    ``inferred`` says whether the row needs inferred facts; ``None`` where that was not found out.
    """

    facts: Sequence[str]
    sources: Sequence[str]
    inferred: bool | None


@dataclass(frozen=True, slots=True)
class Source:
    """A source of an answer, its grade (an IRI, or empty), and how many facts rest on it.

    ``address`` is where it was found on the web; empty where that is not told.
    """

    iri: str
    grade: str
    facts: int
    address: str = ""


# Fact → its sources, each with its grade and its address.
_Described = Mapping[str, Mapping[str, tuple[str, str]]]


def find_support(
    engine: Engine,
    evidence: Sequence[str],
    rows: Sequence[Row],
    inferred: Sequence[bool | None],
    *,
    seconds: float,
) -> tuple[list[Support], list[Source]]:
    """The support of each row, and the sources of all, those with the most facts first.

    ``evidence`` are the variables that name the facts of a row.
    """
    facts = [_facts_of(row, evidence) for row in rows]
    described = _describe(engine, facts, seconds)
    sources = _counted(described)
    support = [
        Support(each, _sources_of(each, described, sources), needs)
        for each, needs in zip(facts, inferred, strict=True)
    ]
    return support, sources


def which_are_inferred(
    engine: Engine, query: Query, rows: Sequence[Row], used: Entailment, *, seconds: float
) -> list[bool | None]:
    """Of each row, whether it is lost where only asserted facts are seen.

    ``rows`` are all rows of the query, as far as they are to be told apart.
    """
    if used != "both" or not rows:
        return [used == "inferred" for _ in rows]
    asserted = rows_in(engine.query(replace(query, entailment="asserted"), seconds=seconds))
    names = {name for row in rows for name in row}
    known = {frozenset((n, t) for n, t in row.items() if n in names) for row in asserted}
    return [frozenset(row.items()) not in known for row in rows]


def _facts_of(row: Row, evidence: Sequence[str]) -> list[str]:
    """The IRIs in the variables of evidence; a text is a list of them (GROUP_CONCAT).

    Such a list comes in another order each time.
    """
    facts: dict[str, None] = {}
    for name in evidence:
        match row.get(name):
            case NamedNode() as node:
                facts[node.value] = None
            case Literal() as text:
                facts.update(dict.fromkeys(sorted(text.value.split())))
    return [fact for fact in facts if is_iri(fact)]  # data of others may have a text there


def _describe(engine: Engine, facts: Sequence[Sequence[str]], seconds: float) -> _Described:
    wanted = list(dict.fromkeys(fact for each in facts for fact in each))
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for start in range(0, len(wanted), _FACTS_AT_ONCE):
        nodes = [NamedNode(fact) for fact in wanted[start : start + _FACTS_AT_ONCE]]
        query = Query(page_query("evidence"), values={"fact": nodes})
        for row in rows_in(engine.query(query, seconds=seconds)):
            source, grade = row["source"], row.get("grade")
            if isinstance(source, NamedNode):
                told = grade.value if isinstance(grade, NamedNode) else ""
                address = text_of(row["address"]) if "address" in row else ""
                found.setdefault(text_of(row["fact"]), {})[source.value] = (told, address)
    return found


def _sources_of(
    facts: Sequence[str], described: _Described, sources: Sequence[Source]
) -> list[str]:
    """The sources of some facts, in the order of all."""
    found = {source for fact in facts for source in described.get(fact, {})}
    return [source.iri for source in sources if source.iri in found]


def _counted(described: _Described) -> list[Source]:
    facts: dict[str, int] = {}
    told: dict[str, tuple[str, str]] = {}
    for sources in described.values():
        for source, graded in sources.items():
            facts[source] = facts.get(source, 0) + 1
            told[source] = graded
    order = sorted(facts, key=lambda iri: (-facts[iri], iri))
    return [Source(iri, told[iri][0], facts[iri], told[iri][1]) for iri in order]
