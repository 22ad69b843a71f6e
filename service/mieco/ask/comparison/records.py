"""Of which consortia what is recorded: counts of facts by kind and by indicator, and their grades.

Who has not told what.  (Which questions the data answer, is told by :mod:`mieco.ask.coverage`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mieco.ask.comparison.reading import (
    Belonging,
    Evidence,
    Part,
    Statements,
    read_around_consortia,
    read_evidence,
    read_statements,
)
from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, text_of
from mieco.errors import Text
from mieco.releases import Release
from mieco.search.lookup import Names
from mieco.terms import BASE, MIECO

# The grades of sources, the best first.
GRADES: Final[Sequence[str]] = tuple(
    f"{BASE}concept/grade/{name}" for name in ("primary", "press", "article", "copy", "weak")
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many facts of a kind are recorded of a consortium, and the best grade of their sources
    (an IRI; empty where none has a source with a grade)."""

    count: int
    grade: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded of a consortium: by aspect, and by the IRI of the indicator."""

    consortium: str
    province: str
    aspects: Mapping[str, Recorded]
    indicators: Mapping[str, Recorded]


_STATED: Final[Mapping[str, str]] = {
    "founded": "foundingDate",
    "place": "locatedIn",
    "recognition": "hasRecognition",
    "industry": "industryText",
    "leads": "ledBy",
    "park": "basedOnPark",
    "member-count": "memberCountText",
}
_PARTS: Final[Mapping[str, Part]] = {
    "members": "member",
    "governance": "governance",
    "spaces": "space",
    "activities": "activity",
    "documents": "document",
    "measures": "measure",
    "goals": "goal",
    "contributions": "contribution",
    "achievements": "achievement",
    "observations": "observation",
    "targets": "target",
}
ASPECTS: Final[Mapping[str, Text]] = {
    "founded": Text("成立时间", "Founded"),
    "place": Text("所在地", "Place"),
    "recognition": Text("认定", "Recognition"),
    "industry": Text("产业", "Industry"),
    "leads": Text("牵头单位", "Lead units"),
    "park": Text("依托园区", "Host park"),
    "member-count": Text("成员数说法", "Member count"),
    "members": Text("列出的成员", "Members listed"),
    "governance": Text("治理", "Governance"),
    "spaces": Text("空间", "Spaces"),
    "activities": Text("活动", "Activities"),
    "documents": Text("文件", "Documents"),
    "measures": Text("政策举措", "Measures"),
    "goals": Text("共同目标", "Goals"),
    "contributions": Text("投入", "Contributions"),
    "achievements": Text("成果", "Results"),
    "observations": Text("指标值", "Observations"),
    "targets": Text("目标值", "Targets"),
}


class Records:
    """What is recorded in releases, counted once of each.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Sequence[Record]] = ByRelease()

    def of(
        self, engine: Engine, names: Names, release: Release, *, seconds: float
    ) -> Sequence[Record]:
        """The records of all consortia.  Raises what the engine raises, and Overloaded."""
        return self._kept.of(release, lambda: _read(engine, names, seconds), seconds=seconds)


def _read(engine: Engine, names: Names, seconds: float) -> list[Record]:
    engine = EngineWithDeadline(engine, seconds)
    consortia = sorted(
        {text_of(row["consortium"]) for row in rows_of(engine, "consortia", seconds=seconds)}
    )
    around = read_around_consortia(engine, consortia, seconds=seconds)
    observed = [
        each.iri
        for belonging in around.values()
        for each in belonging
        if each.part in ("observation", "target")
    ]
    statements = read_statements(engine, [*consortia, *observed], seconds=seconds)
    things = {each.iri for belonging in around.values() for each in belonging}
    evidence = read_evidence(engine, things.union(consortia), seconds=seconds)
    known = names.by_iris(consortia)
    return [
        Record(
            iri,
            known[iri].province if iri in known else "",
            _aspects(iri, around.get(iri, ()), statements, evidence),
            _indicators(around.get(iri, ()), statements, evidence),
        )
        for iri in consortia
    ]


def _aspects(
    consortium: str,
    belonging: Sequence[Belonging],
    statements: Statements,
    evidence: Evidence,
) -> dict[str, Recorded]:
    found: dict[str, Recorded] = {}
    own = _best(evidence, [consortium])
    for aspect, name in _STATED.items():
        values = statements.get(consortium, {}).get(MIECO + name, ())
        # What follows from another statement is none of its own.
        if count := sum(not said.inferred for said in values):
            found[aspect] = Recorded(count, own)
    for aspect, part in _PARTS.items():
        things = [each.iri for each in belonging if each.part == part]
        # Of members it is the statement that they are, or else what is said of the consortium.
        facts = [each.iri for each in belonging if each.part == "membership"]
        if things:
            best = _best(evidence, facts) or own if part == "member" else _best(evidence, things)
            found[aspect] = Recorded(len(things), best)
    return found


def _indicators(
    belonging: Sequence[Belonging], statements: Statements, evidence: Evidence
) -> dict[str, Recorded]:
    things: dict[str, list[str]] = {}
    for each in belonging:
        if each.part == "observation":
            for said in statements.get(each.iri, {}).get(f"{MIECO}observes", ()):
                things.setdefault(text_of(said.term), []).append(each.iri)
    return {name: Recorded(len(iris), _best(evidence, iris)) for name, iris in things.items()}


def _best(evidence: Evidence, facts: Iterable[str]) -> str:
    grades = {grade for fact in facts for grade in evidence.get(fact, {}).values()}
    return next((grade for grade in GRADES if grade in grades), "")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Records by columns, as they are asked for: the keys of the columns, and the rows.

    Columns are those of ``ASPECTS``, or the IRIs of indicators.
    """

    columns: Sequence[str]
    rows: Sequence[Record]
    by_indicator: bool

    def cell(self, row: Record, column: str) -> Recorded | None:
        """What is recorded of a consortium in a column; ``None`` for nothing."""
        return (row.indicators if self.by_indicator else row.aspects).get(column)

    def filled(self, row: Record) -> int:
        """In how many columns something is recorded of a consortium."""
        return sum(self.cell(row, column) is not None for column in self.columns)

    def known(self, column: str) -> int:
        """Of how many consortia something is recorded in a column."""
        return sum(self.cell(row, column) is not None for row in self.rows)

    def total(self, column: str) -> int:
        """How many facts are recorded in a column."""
        return sum(cell.count for row in self.rows if (cell := self.cell(row, column)))


def matrix_of(
    records: Sequence[Record],
    name_of: Callable[[str], str],
    *,
    by_indicator: bool = False,
    province: str = "",
    sort: str = "",
) -> Matrix:
    """The records of one province, or of all, in order.

    ``sort`` is ``name``, ``province``, ``filled`` or a column, with ``-`` before it for the
    opposite; anything else leaves them as ``filled`` from the most.  Of indicators those of most
    consortia stand first.
    """
    rows = [each for each in records if province in ("", each.province)]
    unsorted = Matrix((), rows, by_indicator)
    if by_indicator:
        indicators = {name for row in rows for name in row.indicators}
        columns = sorted(indicators, key=lambda each: (-unsorted.known(each), name_of(each)))
    else:
        columns = list(ASPECTS)
    matrix = Matrix(columns, rows, by_indicator)
    order = sort.removeprefix("-")
    rows.sort(key=lambda row: name_of(row.consortium))
    if order == "name":
        rows.sort(key=lambda row: name_of(row.consortium), reverse=sort.startswith("-"))
    elif order == "province":
        rows.sort(key=lambda row: name_of(row.province), reverse=sort.startswith("-"))
    elif order in columns:
        rows.sort(key=lambda row: _count(matrix.cell(row, order)), reverse=sort.startswith("-"))
    else:
        rows.sort(key=matrix.filled, reverse=sort != "filled")
    return matrix


def _count(cell: Recorded | None) -> int:
    return cell.count if cell else 0
