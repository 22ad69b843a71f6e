"""Which official requirements consortia meet, by the question that judges them.

It accepts what the shapes of the readiness report accept and takes what is absent as not found;
unlike the report it needs but a query, so that a page can tell it of many consortia.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from mieco.ask.answers import query_of
from mieco.ask.profiles.reading import Asked
from mieco.by_release import ByRelease
from mieco.check.readiness import OUTCOMES, Outcome
from mieco.engine.base import rows_in, text_of
from mieco.errors import DeadlineExceeded, Language
from mieco.questions.model import Question
from mieco.releases import Release
from mieco.stores import Row, Term

# The catalogue's question of which conditions a consortium meets.
QUESTION = "q38"
# Judging all consortia of a large release may take too long for a page, which then does without.
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a requirement for a consortium.

    In words: what was not found (``missing``), for which parts the official text lacks the number
    that is needed (``unjudged``), what contradicts (``against``).
    """

    consortium: str
    requirement: str
    outcome: Outcome
    missing: str
    unjudged: str
    against: str
    evidence: Sequence[str]


# Requirement → consortium → what came of it.
Matrix = Mapping[str, Mapping[str, Judged]]


@dataclass(frozen=True, slots=True)
class Fulfilments:
    """What came of the requirements, of all consortia once for each release.  Thread-safe."""

    question: Question
    _kept: ByRelease[Matrix] = field(default_factory=ByRelease)

    def of_consortium(self, asked: Asked, iri: str) -> list[Judged]:
        """Every requirement for one consortium, in the order of the official texts."""
        rows = self._rows(asked, {"consortium": [NamedNode(iri)]}, asked.language, asked.seconds)
        return [_judged(row, asked.language) for row in rows]

    def of_all(self, asked: Asked, release: Release) -> Matrix:
        """Every requirement for every consortium; nothing where that takes too long."""

        def found() -> Matrix:
            matrix: dict[str, dict[str, Judged]] = {}
            try:
                rows = self._rows(asked, {}, "zh", min(_SECONDS, asked.seconds))
            except DeadlineExceeded:
                return {}
            for each in (_judged(row, "zh") for row in rows):
                matrix.setdefault(each.requirement, {})[each.consortium] = each
            return matrix

        return self._kept.of(release, found, seconds=asked.seconds)

    def _rows(
        self,
        asked: Asked,
        bindings: Mapping[str, Sequence[Term]],
        language: Language,
        seconds: float,
    ) -> list[Row]:
        query = query_of(self.question, bindings, language, None)
        return rows_in(asked.engine.query(query, seconds=seconds))


def counted(found: Sequence[Judged]) -> dict[Outcome, int]:
    """How many requirements came out in each way."""
    return {outcome: sum(each.outcome == outcome for each in found) for outcome in OUTCOMES}


def _judged(row: Row, language: Language) -> Judged:
    by_word = {words.in_(language): outcome for outcome, words in OUTCOMES.items()}
    facts = row.get("fact")
    missing, unjudged, against = (
        text_of(row[name]) if name in row else "" for name in ("missing", "unjudged", "against")
    )
    return Judged(
        consortium=text_of(row["consortium"]),
        requirement=text_of(row["requirement"]),
        outcome=by_word[text_of(row["result"])],
        missing=missing,
        unjudged=unjudged,
        against=against,
        evidence=tuple(facts.value.split()) if isinstance(facts, Literal) else (),
    )
