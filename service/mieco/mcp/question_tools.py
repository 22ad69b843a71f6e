"""The questions as tools: each a tool of its own, or all of them behind ``ask``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mieco.ask.answers import MAX_ROWS, QuestionAnswer, ask
from mieco.ask.parameters import choices, what_is_allowed
from mieco.ask.selection import Selected, Selection, select_rows
from mieco.engine.base import Engine
from mieco.errors import BadParameter, Language, Text
from mieco.mcp.tools import (
    Arguments,
    Desk,
    JsonSchema,
    Told,
    Tool,
    an_object,
    an_open_object,
    name_in,
    named,
    only,
    page_in,
    release_in_words,
    text_in,
    texts_in,
    value_of,
)
from mieco.questions.finding import nearest_questions
from mieco.questions.header import find_question
from mieco.questions.model import ASKERS, Parameter, Question

# Rows on one page of an answer, and questions that are described at length.
ROWS_PER_PAGE = 50
_MOST_DESCRIBED = 10
# A longer list of values is no part of a schema; their names are typed.
_FEW = 20
# Longer questions in words are not read.
_LONGEST_TEXT = 1_000
_CONTROLS = ("page", "filter", "sort")

# Key → name of what a parameter may be.
Choices = Mapping[str, str]

_ANSWER = an_open_object(
    {
        "question": "string",
        "asked": "string",
        "count": "integer",
        "page": "integer",
        "pages": "integer",
        "complete": "boolean",
        "columns": "object",
        "rows": "array",
        "sources": "array",
        "release": "object",
    }
)


def question_tool(
    question: Question, name: str, few: Mapping[str, Choices], language: Language
) -> Tool:
    """A question as a tool; ``few`` are the choices those of its parameters that have few."""

    def answer(desk: Desk, arguments: Arguments) -> Told:
        return answer_question(desk, question, arguments, arguments)

    said = [question.sentence.zh, question.sentence.en]
    if question.caveat:
        said.append(question.caveat.in_(language))
    properties = {
        parameter.name: parameter_schema(parameter, few.get(parameter.name), language)
        for parameter in question.parameters.values()
    }
    required = [p.name for p in question.parameters.values() if p.required and not p.default]
    return Tool(
        name=name,
        title=question.sentence.in_(language),
        description="\n".join(said),
        input_schema=an_object({**properties, **_controls(language)}, required),
        output_schema=_ANSWER,
        answer=answer,
    )


def ask_tool(language: Language) -> Tool:
    """Every question behind one tool, for clients that count tools."""
    properties: dict[str, JsonSchema] = {
        "question": {
            "type": "string",
            "description": Text("问题的编号，如 q01", "the id of a question, such as q01").in_(
                language
            ),
        },
        "parameters": {
            "type": "object",
            "description": Text(
                "参数名和值；find_questions 说明每个问题有哪些参数",
                "names and values of its parameters, as find_questions tells them",
            ).in_(language),
        },
        **_controls(language),
    }
    return Tool(
        name="ask",
        title=Text("提问", "Ask a question").in_(language),
        description=Text(
            "提一个能力问题，得到带来源的回答。先用 find_questions 找到问题及其参数。",
            "Ask a competency question; the answer names its sources. Find the question and its"
            " parameters with find_questions first.",
        ).in_(language),
        input_schema=an_object(properties, ["question"]),
        output_schema=_ANSWER,
        answer=_ask,
    )


def find_tool(names: Mapping[str, str]) -> Tool:
    """The tool that finds questions; ``names`` are their tools, where they have any."""

    def find(desk: Desk, arguments: Arguments) -> Told:
        return _find(desk, arguments, names)

    asker = {"type": "string", "enum": list(ASKERS)}
    askers = "; ".join(f"{key} {said.zh} {said.en}" for key, said in ASKERS.items())
    properties: dict[str, JsonSchema] = {
        "text": {"type": "string", "description": "几个词，中文或英文 / words, Chinese or English"},
        "asker": {**asker, "description": askers},
    }
    return Tool(
        name="find_questions",
        title="找问题 / Find questions",
        description="按词语或提问者找能力问题，并说明参数；不给词语则列出全部。\n"
        "Find competency questions by words or by who asks them, with their parameters; without"
        " words, all are listed.",
        input_schema=an_object(properties),
        output_schema=an_open_object({"count": "integer", "questions": "array"}),
        answer=find,
    )


def parameter_schema(parameter: Parameter, few: Choices | None, language: Language) -> JsonSchema:
    """A typed parameter of a question as JSON Schema."""
    schema: JsonSchema = {"type": "string"}
    words = [f"{parameter.label.zh} / {parameter.label.en}"]
    if few:
        schema["enum"] = list(few)
        words.append(", ".join(f"{key} = {name}" for key, name in few.items()))
    elif parameter.type == "integer":
        bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
        schema = {"type": "integer", **bounds}
    elif parameter.type == "year":
        schema = {"type": "integer"}
    else:
        words.append(what_is_allowed(parameter).in_(language))
    if parameter.any.in_(language) and not parameter.default:
        spoken = parameter.any.in_(language)
        words.append(Text(f"不给则为：{spoken}", f"if not given: {spoken}").in_(language))
    if parameter.repeated:
        schema = {"type": "array", "items": schema}
    schema["description"] = "; ".join(words)
    if parameter.default:
        whole = schema["type"] == "integer"
        schema["default"] = int(parameter.default) if whole else parameter.default
    return schema


def few_choices(
    question: Question, engine: Engine, language: Language, *, seconds: float
) -> dict[str, Choices]:
    """What may be chosen for a parameter that has a handful of values, by their keys.

    Raises what the engine raises.
    """
    found: dict[str, Choices] = {}
    for parameter in question.parameters.values():
        if parameter.type in ("enum", "concept"):
            offered = choices(parameter, engine, language, seconds=seconds)
            if offered and len(offered) <= _FEW:
                scheme = f"{parameter.scheme}/"
                found[parameter.name] = {k.removeprefix(scheme): v for k, v in offered.items()}
    return found


def _controls(language: Language) -> dict[str, JsonSchema]:
    """What every answer can be asked for; no parameter of a question has these names."""
    row = Text("只要含有此文字的行", "only rows with this text").in_(language)
    order = Text("按此列排序，前加 - 为降序", "a column to sort by, -column for descending")
    return {
        "page": {"type": "integer", "minimum": 1, "default": 1},
        "filter": {"type": "string", "description": row},
        "sort": {"type": "string", "description": order.in_(language)},
    }


def _ask(desk: Desk, arguments: Arguments) -> Told:
    only(arguments, "question", "parameters", *_CONTROLS)
    question = find_question(desk.questions, name_in(arguments, "question"))
    given = arguments.get("parameters") or {}
    if not isinstance(given, dict):
        raise BadParameter(
            name="parameters",
            reason=Text("不是参数名和值", "has no names with values"),
            allowed=", ".join(question.parameters) or Text("无", "none"),
        )
    return answer_question(desk, question, given, arguments)


def answer_question(desk: Desk, question: Question, given: Arguments, controls: Arguments) -> Told:
    """The answer to a question, one page of it.  Raises what asking raises."""
    texts = {n: texts_in(n, v) for n, v in given.items() if n not in _CONTROLS}
    wanted = Selection(
        sort=text_in(controls, "sort"),
        filter=text_in(controls, "filter"),
        page=page_in(controls),
        size=ROWS_PER_PAGE,
    )
    answer = ask(desk.engine, question, texts, desk.language, seconds=desk.seconds)
    selected = select_rows(answer, wanted)
    content = _answer_as_json(answer, selected, desk)
    content["more"] = _more(answer, selected, desk.language)
    return Told(_in_words(answer, content, desk), content)


def _answer_as_json(answer: QuestionAnswer, selected: Selected, desk: Desk) -> dict[str, Any]:
    """Each row has its sentence, and the numbers of the sources that it rests on."""
    grades = {source.iri: source.grade for source in answer.sources}
    behind = (iri for place in selected.rows for iri in answer.support[place].sources)
    numbers = {iri: number for number, iri in enumerate(dict.fromkeys(behind), start=1)}
    labels, question = answer.labels, answer.question
    return {
        "question": question.id,
        "asked": answer.asked,
        "count": selected.count,
        "page": selected.page,
        "pages": selected.pages,
        "complete": answer.complete,
        "columns": {name: label.in_(desk.language) for name, label in question.columns.items()},
        "rows": [
            {
                "words": answer.sentences[place],
                "values": {n: value_of(term, labels) for n, term in answer.rows[place].items()},
                "inferred": answer.support[place].inferred,
                "sources": [numbers[iri] for iri in answer.support[place].sources],
            }
            for place in selected.rows
        ],
        "sources": [
            {
                "number": number,
                **named(iri, labels),
                **({"grade": named(grades[iri], labels)} if grades.get(iri) else {}),
            }
            for iri, number in numbers.items()
        ],
        "caveat": question.caveat.in_(desk.language) if question.caveat else None,
        "why_empty": _why_empty(answer, selected, desk.language),
        "release": desk.release.as_json(),
    }


def _why_empty(
    answer: QuestionAnswer, selected: Selected, language: Language
) -> dict[str, Any] | None:
    if answer.emptiness:
        return {
            "reason": answer.emptiness.reason,
            "told": answer.emptiness.told.in_(language),
            "near": list(answer.emptiness.near),
        }
    if selected.count:
        return None
    count = len(answer.rows)
    told = Text(
        f"没有一行含有 filter 的文字；不筛选则有 {count} 行。",
        f"No row has the text of filter; without it there are {count} rows.",
    )
    return {"reason": "filter", "told": told.in_(language), "near": []}


def _more(answer: QuestionAnswer, selected: Selected, language: Language) -> str | None:
    """How to get what is not on this page."""
    said = []
    if selected.page < selected.pages:
        after = selected.page + 1
        said.append(Text(f"下一页：page={after}。", f"Next page: page={after}."))
    if not answer.complete:
        said.append(
            Text(
                f"只取前 {MAX_ROWS} 行；请用参数缩小范围。",
                f"Only the first {MAX_ROWS} rows are taken; narrow the question down.",
            )
        )
    return " ".join(text.in_(language) for text in said) or None


def _in_words(answer: QuestionAnswer, content: Mapping[str, Any], desk: Desk) -> str:
    language = desk.language
    lines = [answer.asked]
    count, page, pages = content["count"], content["page"], content["pages"]
    if count:
        total = Text(f"共 {count} 行", f"{count} rows")
        part = Text(f"，第 {page} 页，共 {pages} 页", f", page {page} of {pages}")
        lines.append(total.in_(language) + (part.in_(language) if pages > 1 else ""))
    derived = Text("（推理得出）", " (inferred)").in_(language)
    start = (page - 1) * ROWS_PER_PAGE + 1
    for number, row in enumerate(content["rows"], start=start):
        marks = "".join(f"[{source}]" for source in row["sources"])
        lines.append(
            f"{number}. {row['words']}{derived if row['inferred'] else ''} {marks}".strip()
        )
    if content["why_empty"]:
        lines.append(content["why_empty"]["told"])
    if content["caveat"]:
        lines.append(Text("注意：", "Note: ").in_(language) + content["caveat"])
    if content["sources"]:
        lines.append(Text("来源：", "Sources:").in_(language))
        lines += [_source_in_words(source, language) for source in content["sources"]]
    if content["more"]:
        lines.append(content["more"])
    return "\n".join([*lines, release_in_words(desk.release, language)])


def _source_in_words(source: Mapping[str, Any], language: Language) -> str:
    said = f"[{source['number']}] {source.get('name', '')} <{source['iri']}>"
    if grade := source.get("grade"):
        name = grade.get("name", grade["iri"])
        said += Text(f"，等级：{name}", f", grade: {name}").in_(language)
    return said


def _find(desk: Desk, arguments: Arguments, names: Mapping[str, str]) -> Told:
    only(arguments, "text", "asker")
    text, asker = text_in(arguments, "text"), name_in(arguments, "asker", required=False)
    if asker and asker not in ASKERS:
        raise BadParameter(
            name="asker",
            reason=Text(f"没有“{asker}”", f"there is no '{asker}'"),
            allowed=", ".join(ASKERS),
        )
    asked = [q for q in desk.questions.values() if not asker or asker in q.askers]
    found = nearest_questions(asked, text[:_LONGEST_TEXT])
    if text:
        found = found[:_MOST_DESCRIBED]
    at_length = len(found) <= _MOST_DESCRIBED
    told = [
        _brief(question, names) | (_at_length(question, desk) if at_length else {})
        for question in found
    ]
    lines = [_question_in_words(entry, desk.language) for entry in told]
    if not found:
        nothing = Text(
            "没有问题含有这些词；不给词语可列出全部问题。",
            "No question has these words; without words all questions are listed.",
        )
        lines = [nothing.in_(desk.language)]
    return Told("\n".join(lines), {"count": len(found), "questions": told})


def _brief(question: Question, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": question.id,
        **({"tool": names[question.id]} if question.id in names else {}),
        "zh": question.sentence.zh,
        "en": question.sentence.en,
        "askers": list(question.askers),
        "parameters": list(question.parameters),
    }


def _at_length(question: Question, desk: Desk) -> dict[str, Any]:
    language = desk.language
    few = few_choices(question, desk.engine, language, seconds=desk.seconds)
    return {
        "caveat": question.caveat.in_(language) if question.caveat else None,
        "parameters": {
            p.name: {
                **parameter_schema(p, few.get(p.name), language),
                "required": p.required and not p.default,
            }
            for p in question.parameters.values()
        },
        "columns": {name: label.in_(language) for name, label in question.columns.items()},
    }


def _question_in_words(entry: Mapping[str, Any], language: Language) -> str:
    parameters = entry["parameters"]
    lines = [f"{entry.get('tool', entry['id'])}: {entry[language]}"]
    if isinstance(parameters, dict):
        lines += [f"  {name}: {schema['description']}" for name, schema in parameters.items()]
    return "\n".join(lines)
