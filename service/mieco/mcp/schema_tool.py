"""The ontology as a tool: its classes and properties, or one of them in detail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mieco.ask.own_vocabulary import OwnTerm, find_terms, read_own_vocabulary
from mieco.errors import Language, Text
from mieco.mcp.tools import (
    Arguments,
    Desk,
    Told,
    Tool,
    an_object,
    an_open_object,
    name_in,
    only,
)
from mieco.present.names import compact
from mieco.questions.model import Question

_MOST_FOUND = 20
_MOST_DETAILED = 3

_HEADS: dict[str, Text] = {
    "other_names": Text("又称", "also called"),
    "definition": Text("定义", "definition"),
    "examples": Text("例", "examples"),
    "notes": Text("说明", "notes"),
    "parents": Text("上位", "parents"),
    "children": Text("下位", "children"),
    "domain": Text("定义域", "domain"),
    "range": Text("值域", "range"),
    "inverse": Text("逆属性", "inverse"),
    "properties": Text("它的属性", "its properties"),
    "pointed_by": Text("以它为值的属性", "properties whose value it is"),
    "questions": Text("用到它的问题", "questions that use it"),
}


def schema_tool() -> Tool:
    """The tool ``schema``."""
    term = {
        "type": "string",
        "description": "类或属性的名称、IRI 或其中的词 / name or IRI of a class or property, or a"
        " word in it",
    }
    return Tool(
        name="schema",
        title="本体 / The ontology",
        description="本体的类和属性：不给 term 则逐行列出全部；给出 term 则详述（定义、例子、"
        "上下位、定义域、值域、用到它的问题）。\n"
        "Classes and properties of the ontology: all of them, a line each; or with term one in"
        " detail (definition, examples, parents, children, domain, range, questions that use it).",
        input_schema=an_object({"term": term}),
        output_schema=an_open_object({"count": "integer", "terms": "array", "release": "object"}),
        answer=_schema,
    )


def _schema(desk: Desk, arguments: Arguments) -> Told:
    only(arguments, "term")
    text = name_in(arguments, "term", required=False)
    terms = read_own_vocabulary(desk.engine, seconds=desk.seconds)
    found = find_terms(terms, text, desk.language) if text else list(terms.values())
    if text and len(found) <= _MOST_DETAILED:
        told = [_detail(term, terms, desk.questions, desk.language) for term in found]
        lines = [_detail_in_words(entry, desk.language) for entry in told]
    else:
        shown = found[:_MOST_FOUND] if text else found
        told = [_brief(term, desk.language, defined=bool(text)) for term in shown]
        lines = [_line(entry) for entry in told]
        if len(shown) < len(found):
            rest = len(found) - len(shown)
            more = Text(f"还有 {rest} 个；请说得更具体。", f"There are {rest} more; be more exact.")
            lines.append(more.in_(desk.language))
    content = {"count": len(found), "terms": told, "release": desk.release.as_json()}
    return Told("\n".join(lines), content)


def _brief(term: OwnTerm, language: Language, *, defined: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": term.name,
        "kind": term.kind,
        "label": term.label(language),
        "definition": term.definition(language) if defined else "",
        "parents": _short(term.parents),
        "domain": _short(term.domain),
        "range": _short(term.range),
    }
    return {name: value for name, value in entry.items() if value}


def _detail(
    term: OwnTerm,
    terms: Mapping[str, OwnTerm],
    questions: Mapping[str, Question],
    language: Language,
) -> dict[str, Any]:
    above = _with_ancestors(term.iri, terms)
    more = {
        "iri": term.iri,
        "other_names": term.other_names(language),
        "examples": term.examples(language),
        "notes": term.notes(language),
        "children": _short([t.iri for t in terms.values() if term.iri in t.parents]),
        "inverse": _short(term.inverse),
        "properties": _short([t.iri for t in terms.values() if above & set(t.domain)]),
        "pointed_by": _short([t.iri for t in terms.values() if above & set(t.range)]),
        "questions": {
            question.id: question.sentence.in_(language)
            for question in questions.values()
            if term.name in question.terms
        },
    }
    found = {name: value for name, value in more.items() if value}
    return _brief(term, language, defined=True) | found


def _with_ancestors(iri: str, terms: Mapping[str, OwnTerm]) -> set[str]:
    """A class and the named classes above it, as far as they are ours."""
    found: set[str] = set()
    waiting = [iri]
    while waiting:
        one = waiting.pop()
        if one not in found and one in terms and terms[one].kind == "class":
            found.add(one)
            waiting += terms[one].parents
    return found


def _short(iris: Sequence[str]) -> list[str]:
    return [compact(iri) for iri in iris]


def _line(entry: Mapping[str, Any]) -> str:
    said = f"{entry['name']} {entry['label']} ({entry['kind']})"
    if "domain" in entry or "range" in entry:
        said += (
            f" {' & '.join(entry.get('domain', ['*']))} → {' & '.join(entry.get('range', ['*']))}"
        )
    elif "parents" in entry:
        said += f" < {', '.join(entry['parents'])}"
    return said + (f": {entry['definition']}" if "definition" in entry else "")


def _detail_in_words(entry: Mapping[str, Any], language: Language) -> str:
    lines = [f"{entry['name']} {entry['label']} ({entry['kind']}) <{entry['iri']}>"]
    for name, head in _HEADS.items():
        if name not in entry:
            continue
        value = entry[name]
        if isinstance(value, dict):
            value = [f"{key} {said}" for key, said in value.items()]
        said = value if isinstance(value, str) else "; ".join(value)
        lines.append(f"{head.in_(language)}: {said}")
    return "\n".join(lines)
