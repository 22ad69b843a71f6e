"""How many official requirements consortia meet: in a comparison, and of all of them."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal

from mieco.ask.comparison.tables import Cell, Entry, Row, Section
from mieco.ask.comparison.words import NOTES, SECTIONS
from mieco.ask.page_queries import rows_of
from mieco.ask.readiness import fetch, judge
from mieco.by_release import ByRelease
from mieco.check.readiness import OUTCOMES, Outcome
from mieco.engine.base import Engine, text_of
from mieco.errors import Language, MiecoError, Overloaded
from mieco.releases import Release
from mieco.search.pinyin import reading_order

Tally = Mapping[Outcome, int]
# Opens an engine of a release for as long as one is judged.
Opened = Callable[[], AbstractContextManager[tuple[Engine, Release]]]

# What a thread that nobody waits for waits itself.
_PATIENCE = 60.0

log = logging.getLogger("mieco")


class Tallies:
    """How many requirements have which outcome, counted once a day of each consortium.

    Judging one takes a fraction of a second of computing; one is judged at a time.  Thread-safe.
    """

    def __init__(self) -> None:
        self._kept: ByRelease[dict[tuple[str, dt.date], Tally]] = ByRelease()
        self._judging = threading.Lock()
        self._at_work = threading.Lock()

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

    def of_all(
        self,
        opened: Opened,
        release: Release,
        consortia: Sequence[str],
        day: dt.date,
        *,
        seconds: float,
    ) -> Mapping[str, Tally]:
        """Those of the consortia that are counted.

        A thread counts the others meanwhile, and opens the engine for each anew: nobody waits
        for it, and a release that gives way is not held.
        """
        kept = self._kept.of(release, dict, seconds=seconds)
        known = {each: kept[each, day] for each in consortia if (each, day) in kept}
        lacking = [each for each in consortia if each not in known]
        if lacking and self._at_work.acquire(blocking=False):
            work = (opened, lacking, day)
            threading.Thread(target=self._count, args=work, name="readiness", daemon=True).start()
        return known

    def _count(self, opened: Opened, consortia: Sequence[str], day: dt.date) -> None:
        try:
            for each in consortia:
                with opened() as (engine, release):
                    self.of(engine, release, each, day, seconds=_PATIENCE)
        except MiecoError as error:
            # Whoever asks next has it gone on with.
            log.warning("readiness is not counted: %s", error)
        finally:
            self._at_work.release()


@dataclass(frozen=True, slots=True)
class Judged:
    """A consortium with its province, or "", its levels of recognition, and its tally if known."""

    iri: str
    province: str
    levels: Sequence[str]
    tally: Tally | None = None


def read_consortia(engine: Engine, *, seconds: float) -> list[Judged]:
    """Every consortium once, without a tally."""
    provinces: dict[str, str] = {}
    levels: dict[str, list[str]] = {}
    for row in rows_of(engine, "recognition-levels", seconds=seconds):
        iri = text_of(row["consortium"])
        provinces.setdefault(iri, text_of(row["province"]) if "province" in row else "")
        known = levels.setdefault(iri, [])
        if "level" in row and (level := text_of(row["level"])) not in known:
            known.append(level)
    return [Judged(iri, province, levels[iri]) for iri, province in provinces.items()]


def read_documents(engine: Engine, *, seconds: float) -> list[str]:
    """The documents that the requirements stand in."""
    rows = rows_of(engine, "requirement-documents", seconds=seconds)
    return [text_of(row["document"]) for row in rows]


def in_reading_order(consortia: Sequence[Judged], names: Mapping[str, str]) -> list[Judged]:
    """The consortia by province, those of unknown province last, and in each by name."""

    def key(each: Judged) -> tuple[object, ...]:
        province = names.get(each.province, each.province)
        name = names.get(each.iri, each.iri)
        return (not province, reading_order(province), reading_order(name), each.iri)

    return sorted(consortia, key=key)


def readiness_section(tallies: Sequence[Tally], language: Language) -> Section:
    """The tallies in the order of what is compared; here a zero is one."""
    rows = [
        Row(f"readiness-{outcome}", word.in_(language), [_cell(each[outcome]) for each in tallies])
        for outcome, word in OUTCOMES.items()
    ]
    return Section("readiness", SECTIONS["readiness"], rows, NOTES["readiness"])


def _cell(number: int) -> Cell:
    return Cell([Entry(str(number), number=Decimal(number))])
