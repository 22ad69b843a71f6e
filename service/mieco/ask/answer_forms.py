"""A question and its answer as JSON and as CSV, the same over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode

from mieco.ask.answers import Labels, QuestionAnswer
from mieco.ask.selection import Selected
from mieco.ask.support import Source
from mieco.engine.base import to_wire
from mieco.errors import Text
from mieco.present.spreadsheet_csv import write_csv
from mieco.questions.model import Parameter, Question
from mieco.releases import Release
from mieco.stores import Term
from mieco.terms import XSD

# What a program that reads a CSV, which has no types, may take all values of a column for.
ColumnKind = OneOf["text", "number", "date", "boolean"]
_KINDS: Mapping[str, ColumnKind] = {
    XSD + "integer": "number",
    XSD + "decimal": "number",
    XSD + "double": "number",
    XSD + "gYear": "number",
    XSD + "date": "date",
    XSD + "boolean": "boolean",
}


def question_as_json(question: Question) -> dict[str, Any]:
    """All that the header of a question says, and its query."""
    return {
        "id": question.id,
        "number": question.number,
        "group": question.group,
        **_both(question.sentence),
        "askers": list(question.askers),
        "data": question.data,
        **({"caveat": _both(question.caveat)} if question.caveat else {}),
        "parameters": [_parameter_as_json(p) for p in question.parameters.values()],
        "columns": [{"name": n, **_both(label)} for n, label in question.columns.items()],
        "view": {"kind": question.view.kind, **question.view.channels},
        "terms": list(question.terms),
        "query": question.query,
    }


def answer_as_json(answer: QuestionAnswer, selected: Selected, release: Release) -> dict[str, Any]:
    """The question, its answer, and all that is to be known of it.

    ``words`` and ``support`` say of each row, in the order of ``rows``, what it is in words and
    what stands behind it.
    """
    labels = answer.labels
    return {
        **question_as_json(answer.question),
        "language": answer.language,
        "asked": answer.asked,
        "release": release.as_json(),
        "entailment": answer.entailment,
        "values": {
            name: [cell(term, labels) for term in terms] for name, terms in answer.bindings.items()
        },
        "count": selected.count,
        "complete": answer.complete,
        "page": {"number": selected.page, "of": selected.pages},
        "rows": [
            {name: cell(term, labels) for name, term in answer.rows[place].items()}
            for place in selected.rows
        ],
        "words": [answer.sentences[place] for place in selected.rows],
        "support": [
            {
                "inferred": answer.support[place].inferred,
                "facts": list(answer.support[place].facts),
                "sources": list(answer.support[place].sources),
            }
            for place in selected.rows
        ],
        "sources": [_source_as_json(source, labels) for source in answer.sources],
        "why_empty": None
        if answer.emptiness is None
        else {
            "reason": answer.emptiness.reason,
            "told": answer.emptiness.told.in_(answer.language),
            "near": list(answer.emptiness.near),
        },
    }


def cell(term: Term, labels: Labels) -> dict[str, str]:
    """A term as in SPARQL results JSON, with the name of a thing beside its IRI."""
    match term:
        case NamedNode():
            told = {"type": "uri", "value": term.value}
            if named := labels.get(term.value):
                told |= {"label": named[0], "label_language": named[1]}
            return told
        case Literal():
            return to_wire(term)
    return {"type": "bnode", "value": str(term)}


def answer_as_csv(answer: QuestionAnswer, selected: Selected) -> str:
    """The rows with a header of column names; a thing has a column for its name as well."""
    rows = [answer.rows[place] for place in selected.rows]
    things = things_among(answer)
    columns = list(answer.question.columns)
    table: list[list[str]] = []
    for row in rows:
        cells: list[str] = []
        for column in columns:
            term = row.get(column)
            value = term.value if isinstance(term, NamedNode | Literal) else ""
            cells.append(value)
            if column in things:
                cells.append(answer.labels.get(value, ("", ""))[0])
        table.append(cells)
    return write_csv(list(csv_columns(answer)), table)


def csv_columns(answer: QuestionAnswer) -> dict[str, ColumnKind]:
    """The columns of the CSV, in order, and what all their values are."""
    things = things_among(answer)
    told: dict[str, ColumnKind] = {}
    for column in answer.question.columns:
        told[column] = _kind(row[column] for row in answer.rows if column in row)
        if column in things:
            told[f"{column}_label"] = "text"
    return told


def _kind(terms: Iterable[Term]) -> ColumnKind:
    kinds: set[ColumnKind] = {
        _KINDS.get(term.datatype.value, "text") if isinstance(term, Literal) else "text"
        for term in terms
    }
    return kinds.pop() if len(kinds) == 1 else "text"


def things_among(answer: QuestionAnswer) -> frozenset[str]:
    """The columns that hold things, whose names stand beside them."""
    return frozenset(
        column
        for column in answer.question.columns
        if any(isinstance(row.get(column), NamedNode) for row in answer.rows)
    )


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _parameter_as_json(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        **_both(parameter.label),
        "type": parameter.type,
        "required": parameter.required,
        "repeated": parameter.repeated,
        **({"class": parameter.class_} if parameter.class_ else {}),
        **({"scheme": parameter.scheme} if parameter.scheme else {}),
        **(
            {"values": {key: _both(label) for key, label in parameter.values.items()}}
            if parameter.values
            else {}
        ),
        **({"default": parameter.default} if parameter.default else {}),
    }


def _source_as_json(source: Source, labels: Labels) -> dict[str, Any]:
    return {
        "source": cell(NamedNode(source.iri), labels),
        **({"grade": cell(NamedNode(source.grade), labels)} if source.grade else {}),
        "facts": source.facts,
    }
