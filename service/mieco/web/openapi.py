"""``/openapi.json`` and ``/api``: what the service offers to programs, made from the questions."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from mieco import __version__
from mieco.ask.parameters import what_is_allowed
from mieco.errors import Language
from mieco.headers import read_yaml
from mieco.present.formats import CSV, GRAPH_FORMATS, HTML, JSON, XLSX
from mieco.questions.model import Parameter, Question
from mieco.web.reader import language
from mieco.web.service import service

blueprint = Blueprint("openapi", __name__)

_SHARED = ("release", "lang", "entailment", "filter", "page", "size", "timeout", "bom")
_TURTLE = GRAPH_FORMATS[0]
# What any operation may answer when it cannot do what it is asked (problems.py).
_PROBLEMS = ("400", "404", "405", "406", "408", "413", "415", "422", "429", "502", "503", "504")
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_RELEASE = {"$ref": "#/components/parameters/release"}


@blueprint.get("/openapi.json")
def document() -> Response:
    response = jsonify(
        describe(service().questions.values(), language(), request.url_root.rstrip("/"))
    )
    response.headers["Content-Language"] = language()
    return response


@blueprint.get("/api")
def page() -> Response:
    root = request.url_root.rstrip("/")
    told = describe(service().questions.values(), language(), root)
    return make_response(render_template("api.html", api=told, root=root))


def describe(questions: Iterable[Question], spoken: Language, root: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a service at ``root``, its texts in one language."""
    told: dict[str, Any] = _in_language(_document(), spoken)
    told["info"]["version"] = __version__
    told["servers"] = [{"url": root}]
    for question in questions:
        told["paths"][f"/questions/{question.id}"] = {"get": _operation(question, spoken)}
    for methods in told["paths"].values():
        for operation in methods.values():
            problems = dict.fromkeys(_PROBLEMS, _PROBLEM)
            operation["responses"] = {**problems, **operation["responses"]}
            if _RELEASE in operation.get("parameters", ()):
                _say_release(operation["responses"])
    return told


def _say_release(responses: dict[str, Any]) -> None:
    """Answers of a release say which, and are not given again to who has them."""
    if "200" not in responses:
        return
    headers = responses["200"].get("headers", {})
    named = {"Mieco-Release": {"$ref": "#/components/headers/Mieco-Release"}}
    responses["200"] = {**responses["200"], "headers": {**headers, **named}}
    responses["304"] = {"$ref": "#/components/responses/NotModified"}


@cache
def _document() -> Mapping[str, Any]:
    """The part that does not depend on the questions."""
    document: dict[str, Any] = _read("document")
    paths = (_read(tag["name"]) for tag in document["tags"])
    return {**document, "paths": {path: told for part in paths for path, told in part.items()}}


def _read(name: str) -> Any:
    """A file of ``operations/``: the head of the document, or the paths of a tag."""
    file = Path(__file__).parent / "operations" / f"{name}.yaml"
    return read_yaml(file.read_text(encoding="utf-8"))


def _in_language(value: Any, spoken: Language) -> Any:
    """A copy in which every pair of texts is the one of the language."""
    if isinstance(value, dict):
        if value.keys() == {"zh", "en"} and all(isinstance(v, str) for v in value.values()):
            return value[spoken]
        return {key: _in_language(each, spoken) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_language(each, spoken) for each in value]
    return copy.copy(value)


def _operation(question: Question, spoken: Language) -> dict[str, Any]:
    forms = [JSON, CSV, XLSX, HTML, *((_TURTLE,) if question.evidence else ())]
    columns = list(question.columns)
    described = question.caveat.in_(spoken) if question.caveat else ""
    return {
        "operationId": question.id,
        "tags": ["questions"],
        "summary": question.sentence.in_(spoken),
        **({"description": described} if described else {}),
        "parameters": [
            *(_parameter(each, spoken) for each in question.parameters.values()),
            {
                "name": "format",
                "in": "query",
                "schema": {"type": "string", "enum": [form.name for form in forms]},
            },
            {
                "name": "sort",
                "in": "query",
                "schema": {
                    "type": "string",
                    "enum": [*columns, *(f"-{column}" for column in columns)],
                },
            },
            *({"$ref": f"#/components/parameters/{name}"} for name in _SHARED),
        ],
        "responses": {
            "200": {
                "description": "; ".join(label.in_(spoken) for label in question.columns.values()),
                "headers": {
                    "Mieco-Entailment": {
                        "schema": {"type": "string", "enum": ["asserted", "inferred", "both"]}
                    },
                },
                "content": {
                    form.media_type: {"schema": {"$ref": "#/components/schemas/Answer"}}
                    if form is JSON
                    else {}
                    for form in forms
                },
            },
        },
    }


def _parameter(parameter: Parameter, spoken: Language) -> dict[str, Any]:
    schema = _schema(parameter)
    if parameter.default:
        whole = parameter.type == "integer"
        schema["default"] = int(parameter.default) if whole else parameter.default
    if parameter.repeated:
        schema = {"type": "array", "items": schema, "maxItems": 20}
    label, allowed = parameter.label.in_(spoken), what_is_allowed(parameter).in_(spoken)
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": f"{label}（{allowed}）" if spoken == "zh" else f"{label} ({allowed})",
        "schema": schema,
    }


def _schema(parameter: Parameter) -> dict[str, Any]:
    match parameter.type:
        case "enum":
            return {"type": "string", "enum": list(parameter.values)}
        case "integer":
            bounds = {"minimum": parameter.minimum, "maximum": parameter.maximum}
            return {"type": "integer", **bounds}
        case "year":
            return {"type": "string", "pattern": "^[1-9][0-9]{3}$"}
        case "date":
            return {"anyOf": [{"type": "string", "format": "date"}, {"const": "today"}]}
    return {"type": "string"}
