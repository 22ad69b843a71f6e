"""What every view works with: settings, engine, questions, rules, the way to other hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from mieco import content
from mieco.ask.questions import Question, read_questions
from mieco.ask.why import Explainers
from mieco.engine.current import CurrentEngine
from mieco.federation.outside import Outside, read_outside
from mieco.settings import Settings
from mieco.workbook import WorkbookMaker


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, as the views see it."""

    settings: Settings
    engine: CurrentEngine
    questions: Mapping[str, Question]
    outside: Outside
    workbooks: WorkbookMaker
    explainers: Explainers

    @classmethod
    def of(cls, settings: Settings, engine: CurrentEngine) -> Service:
        """Raises BadSetting."""
        questions = read_questions(content.folder("queries") / "questions")
        outside = read_outside(
            settings.federation, settings.federation_networks, settings.max_upload << 20
        )
        return cls(settings, engine, questions, outside, WorkbookMaker(settings), Explainers())


def service() -> Service:
    """The service of the current application."""
    return cast(Service, current_app.extensions["mieco"])
