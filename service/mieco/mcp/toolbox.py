"""All tools, by name."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from rapidfuzz import process

from mieco import content
from mieco.engine.base import Engine
from mieco.errors import Language, MiecoError, NotFound, Text
from mieco.mcp.question_tools import (
    Choices,
    ask_tool,
    few_choices,
    find_tool,
    question_tool,
)
from mieco.mcp.schema_tool import schema_tool
from mieco.mcp.thing_tools import entity_tool, search_tool
from mieco.mcp.tools import LONGEST_NAME, Tool
from mieco.questions.header import read_questions
from mieco.questions.model import Question

_NEAREST = 3

log = logging.getLogger("mieco")


class Toolbox:
    """The tools that a client sees.  Build it with :func:`fill`."""

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        self.tools = tools
        # The id of a question says which it is, whatever comes after it in the name.
        self._by_id = {name.partition("_")[0]: tool for name, tool in tools.items()}

    def find(self, name: str) -> Tool:
        """The tool of that name, or of a question's id.  Raises NotFound, with names near it."""
        tool = self.tools.get(name)
        start = name.partition("_")[0].lower()
        if tool is None and start[:1] == "q" and start[1:].isdecimal():
            tool = self._by_id.get(start)
        if tool is None:
            found = process.extract(name[:LONGEST_NAME], list(self.tools), limit=_NEAREST)
            near = [each for each, _, _ in found]
            raise NotFound(
                what=Text("工具", "tool"),
                name=name,
                near=Text(f"相近的有：{'、'.join(near)}。", f"Near it are: {', '.join(near)}."),
            )
        return tool


def own_questions() -> tuple[dict[str, Question], dict[str, str]]:
    """The questions by id, and id → name of its tool: that of its file (``q01_park_and_leads``).

    Raises BadInstallation.
    """
    folder = content.folder("queries") / "questions"
    questions = read_questions(folder)
    return questions, {path.stem.split("-")[0]: _tool_name(path) for path in folder.glob("*.rq")}


def fill(
    questions: Mapping[str, Question],
    names: Mapping[str, str],
    language: Language,
    *,
    compact: bool,
    choices: Mapping[str, Mapping[str, Choices]] | None = None,
) -> Toolbox:
    """The tools; in the ``compact`` form ``ask`` stands for those of the questions.

    ``choices`` are those of the parameters by question (:func:`all_choices`); without them the
    tools do the same, only their schemas say less.
    """
    few = choices or {}
    tools = [find_tool({} if compact else names)]
    if compact:
        tools.append(ask_tool(language))
    else:
        tools += [
            question_tool(q, names[q.id], few.get(q.id, {}), language) for q in questions.values()
        ]
    tools += [search_tool(), entity_tool(), schema_tool()]
    return Toolbox({tool.name: tool for tool in tools})


def all_choices(
    questions: Mapping[str, Question], engine: Engine, language: Language, *, seconds: float
) -> dict[str, dict[str, Choices]]:
    """Question → parameter → its values, as far as they could be read."""
    found: dict[str, dict[str, Choices]] = {}
    for question in questions.values():
        try:
            found[question.id] = few_choices(question, engine, language, seconds=seconds)
        except MiecoError:
            log.warning("the values for %s cannot be read now", question.id)
    return found


def _tool_name(path: Path) -> str:
    return path.stem.replace("-", "_")
