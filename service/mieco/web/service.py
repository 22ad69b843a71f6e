"""What every view works with: settings, engine, questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from mieco import content
from mieco.ask.questions import Question, read_questions
from mieco.engine.current import CurrentEngine
from mieco.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, as the views see it."""

    settings: Settings
    engine: CurrentEngine
    questions: Mapping[str, Question]

    @classmethod
    def of(cls, settings: Settings, engine: CurrentEngine) -> Service:
        questions = read_questions(content.folder("queries") / "questions")
        return cls(settings, engine, questions)


def service() -> Service:
    """The service of the current application."""
    return cast(Service, current_app.extensions["mieco"])
