"""How an answer is cited: the line to copy, in both languages."""

from __future__ import annotations

import datetime as dt

from mieco.ask.answers import QuestionAnswer, asked_in
from mieco.engine.base import Engine
from mieco.errors import Text
from mieco.manifest import Manifest


def citation(
    engine: Engine,
    answer: QuestionAnswer,
    manifest: Manifest,
    address: str,
    day: dt.date,
    *,
    seconds: float,
) -> Text:
    """The citation of an answer at its lasting address, retrieved on that day.

    The Chinese one has the order and the marks of GB/T 7714 for a data set on line.
    """
    title = Text(
        asked_in(engine, answer, "zh", seconds=seconds),
        asked_in(engine, answer, "en", seconds=seconds),
    )
    return cite(title, manifest, address, day)


def cite(title: Text, manifest: Manifest, address: str, day: dt.date) -> Text:
    """The citation of what has a title and a lasting address, retrieved on that day."""
    created = manifest.created[:10]
    return Text(
        f"mieco（市域产教联合体）. {title.zh}[DS/OL]. 发布 {manifest.number}（{created}）"
        f"[{day.isoformat()}]. {address}. CC BY 4.0.",
        f"mieco, Industry-Education Consortia. “{title.en}” [data set]. Release {manifest.number}"
        f" ({created}). {address}. CC BY 4.0. Retrieved {day.isoformat()}.",
    )
