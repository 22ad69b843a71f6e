"""How many official requirements consortia meet, as a section of a comparison."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

from mieco.ask.comparison.tables import Cell, Entry, Row, Section
from mieco.ask.comparison.words import NOTES, SECTIONS
from mieco.ask.readiness import fetch, judge
from mieco.by_release import ByRelease
from mieco.check.readiness import OUTCOMES, Outcome
from mieco.engine.base import Engine
from mieco.errors import Language, Overloaded
from mieco.releases import Release

Tally = Mapping[Outcome, int]


class Tallies:
    """How many requirements have which outcome, counted once a day of each consortium.

    Judging one takes more than a second of computing; one is judged at a time.  Thread-safe.
    """

    def __init__(self) -> None:
        self._kept: ByRelease[dict[tuple[str, dt.date], Tally]] = ByRelease()
        self._judging = threading.Lock()

    def of(
        self, engine: Engine, release: Release, consortium: str, day: dt.date, *, seconds: float
    ) -> Tally:
        """The tally of a consortium (its IRI) on that day.

        Raises what the engine raises, and Overloaded if others are judged for longer than this.
        """
        tallies = self._kept.of(release, dict, seconds=seconds)
        key = (consortium, day)
        if key not in tallies:
            material = fetch(engine, consortium, "zh", seconds=seconds)
            if not self._judging.acquire(timeout=seconds):
                raise Overloaded
            try:
                if key not in tallies:
                    readiness = judge(material, {}, day=day).readiness
                    tallies[key] = {outcome: readiness.count(outcome) for outcome in OUTCOMES}
            finally:
                self._judging.release()
        return tallies[key]


def readiness_section(tallies: Sequence[Tally], language: Language) -> Section:
    """The tallies in the order of what is compared; here a zero is one."""
    rows = [
        Row(f"readiness-{outcome}", word.in_(language), [_cell(each[outcome]) for each in tallies])
        for outcome, word in OUTCOMES.items()
    ]
    return Section("readiness", SECTIONS["readiness"], rows, NOTES["readiness"])


def _cell(number: int) -> Cell:
    return Cell([Entry(str(number), number=Decimal(number))])
