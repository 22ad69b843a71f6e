"""All that the service finds when it examines itself, together."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mieco.conformance.freshness import examine_freshness
from mieco.conformance.golden import examine_answers, holds_own_tables
from mieco.conformance.outcome import Outcome
from mieco.conformance.protocol import Send, examine_protocol, read_protocol_cases
from mieco.engine.base import Engine
from mieco.errors import Language, Overloaded
from mieco.questions.model import Question
from mieco.releases import Release

# An examination asks a hundred questions: who asks again sees the last one for so long.
_LASTING_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found of a release at a moment (xsd:dateTime in UTC).

    ``binding``: the release holds the tables that the golden answers are about.
    """

    release: int
    at: str
    protocol: Sequence[Outcome]
    answers: Sequence[Outcome]
    binding: bool
    freshness: Sequence[Outcome]

    @property
    def passed(self) -> bool:
        """Is all as it should be?"""
        return all(each.passed for each in (*self.protocol, *self.answers, *self.freshness))


class Examiner:
    """Examines the running service, now and then.  Thread-safe."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = questions
        self._cases = read_protocol_cases()
        self._lock = threading.Lock()
        self._last: tuple[float, Examination] | None = None

    def examine(
        self, engine: Engine, release: Release, send: Send, *, seconds: float
    ) -> Examination:
        """The last examination, if it is of this release and not too long ago, or a new one.

        Each question has so many seconds.  Raises Overloaded while another examines it for longer.
        """
        if not self._lock.acquire(timeout=seconds):
            raise Overloaded
        try:
            number = release.manifest.number
            if self._last is not None:
                moment, last = self._last
                if last.release == number and time.monotonic() - moment < _LASTING_SECONDS:
                    return last
            binding = holds_own_tables(release)
            made = Examination(
                release=number,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                protocol=list(examine_protocol(self._cases, send)),
                answers=list(
                    examine_answers(engine, self._questions, binding=binding, seconds=seconds)
                ),
                binding=binding,
                freshness=list(examine_freshness(engine, release, seconds=seconds)),
            )
            self._last = (time.monotonic(), made)
            return made
        finally:
            self._lock.release()


def as_json(made: Examination, shapes: Any, language: Language) -> dict[str, Any]:
    """An examination for programs; ``shapes`` as :class:`mieco.conformance.shapes.ShapesFile`."""
    return {
        "release": made.release,
        "at": made.at,
        "passed": made.passed and not (shapes and shapes["counts"].get("violation")),
        "protocol": [_told(each, language) for each in made.protocol],
        "answers": {
            "binding": made.binding,
            "cases": [_told(each, language) for each in made.answers],
        },
        "shapes": shapes,
        "freshness": [_told(each, language) for each in made.freshness],
    }


def _told(outcome: Outcome, language: Language) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "what": outcome.what.in_(language),
        "passed": outcome.passed,
        "found": outcome.found.in_(language),
    }
