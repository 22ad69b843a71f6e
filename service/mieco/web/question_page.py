"""An answer as a page: the question, its form, words, chart, table, sources, ways to use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, make_response, render_template, request
from pyoxigraph import Literal

from mieco.ask.answer_forms import csv_columns
from mieco.ask.answers import QuestionAnswer, shown
from mieco.ask.charts import Chart, chart_of, date_columns, numeric_columns
from mieco.ask.citations import citation
from mieco.ask.parameters import choices, today
from mieco.ask.province_tiles import Tiles, province_tiles
from mieco.ask.selection import Selected, Selection, select_rows
from mieco.engine.base import ENTAILMENTS, Engine, text_of
from mieco.questions.model import GROUPS, Parameter
from mieco.releases import Release
from mieco.terms import BASE
from mieco.web.place import here
from mieco.web.protocol import deadline, parameters
from mieco.web.reader import language
from mieco.web.service import service
from mieco.web.snippets import snippets


@dataclass(frozen=True, slots=True)
class _Field:
    """A parameter in the form; ``offered`` is None where a value is typed."""

    parameter: Parameter
    offered: Mapping[str, str] | None
    chosen: Sequence[str]
    typed: str

    @property
    def in_order(self) -> Sequence[tuple[str, str, bool]]:
        """Value, name and whether it is chosen: what is chosen stands first."""
        every = [
            (value, name, value in self.chosen) for value, name in (self.offered or {}).items()
        ]
        return sorted(every, key=lambda each: not each[2])


def question_page(
    found: QuestionAnswer,
    selected: Selected,
    selection: Selection,
    engine: Engine,
    release: Release,
) -> Response:
    """The page of an answer; the chart shows all rows that the filter leaves, in their order."""
    seconds = deadline()
    drawn = select_rows(found, replace(selection, page=1, size=0)).rows
    chart = chart_of(found, drawn)
    tiles: Tiles | None = None
    if chart and chart.kind == "provinces":
        tiles = province_tiles(chart, engine, language(), seconds=seconds)
    permalink, of_release = _lasting(found), _lasting(found, release)
    cited = citation(engine, found, release.manifest, of_release, today(), seconds=seconds)
    page = render_template(
        "question.html",
        question=found.question,
        groups=GROUPS,
        answer=found,
        selected=selected,
        selection=selection,
        fields=_fields(found, engine, seconds),
        numeric=numeric_columns(found) - date_columns(found),
        dates=date_columns(found),
        chart=chart,
        chart_data=_as_data(chart, found) if chart else None,
        tiles=tiles,
        cited=cited,
        permalink=permalink,
        of_release=of_release,
        remedies=_remedies(found),
        references={source.iri: place for place, source in enumerate(found.sources, 1)},
        address=_address,
        snippets=snippets(_csv_address(found), csv_columns(found)),
        manifest=release.manifest,
        importing=not service().settings.read_only,
    )
    return make_response(page)


def _fields(found: QuestionAnswer, engine: Engine, seconds: float) -> list[_Field]:
    fields = []
    for name, parameter in found.question.parameters.items():
        terms = found.bindings.get(name, ())
        fields.append(
            _Field(
                parameter,
                choices(parameter, engine, language(), seconds=seconds),
                [text_of(term) for term in terms],
                shown(terms[0], found.labels, found.language) if terms else "",
            )
        )
    return fields


def _as_data(chart: Chart, found: QuestionAnswer) -> dict[str, Any]:
    """What the script draws from."""
    return {
        "kind": chart.kind,
        "title": found.asked,
        "names": dict(chart.names),
        "marks": list(chart.marks),
        "scale": chart.scale,
        "directed": chart.directed,
        "file": found.question.id,
    }


@dataclass(frozen=True, slots=True)
class _Remedy:
    """What to do about an empty answer: a link, and what to call it (``remedy_…`` of the texts)."""

    what: str
    address: str
    name: str = ""


def _remedies(found: QuestionAnswer) -> list[_Remedy]:
    """The next steps after an empty answer, the likeliest first."""
    why = found.emptiness
    if why is None:
        return []
    steps = [_Remedy("near", _address(**{why.parameter: name}), name) for name in why.near]
    if why.reason == "other-facts":
        steps.append(_Remedy("all_facts", _address(entailment=None)))
    given = [name for name in found.question.parameters if parameters().get(name)]
    for name in given:
        parameter = found.question.parameters[name]
        label = parameter.label.in_(language())
        if not parameter.required:
            what = "default" if parameter.default else "leave_open"
            steps.append(_Remedy(what, _address(**{name: None}), label))
    return steps


def _lasting(found: QuestionAnswer, release: Release | None = None) -> str:
    """The address that asks the same whenever it is opened; of a release, that finds the same."""
    pairs = _written_out(found)
    chosen = parameters().get("entailment", "")
    if chosen in ENTAILMENTS:
        pairs.append(("entailment", chosen))
    if release:
        pairs.append(("release", str(release.manifest.number)))
    return _absolute(found, pairs)


def _absolute(found: QuestionAnswer, pairs: Sequence[tuple[str, str]]) -> str:
    root = quote(request.url_root, safe="/:[]%")
    address = f"{root}questions/{found.question.id}"
    return f"{address}?{urlencode(pairs, safe='/:')}" if pairs else address


def _written_out(found: QuestionAnswer) -> list[tuple[str, str]]:
    """Every value of the question, those too that were not given and may be others tomorrow."""
    return [
        (name, term.value if isinstance(term, Literal) else text_of(term).removeprefix(BASE))
        for name, terms in found.bindings.items()
        for term in terms
    ]


def _csv_address(found: QuestionAnswer) -> str:
    """Where the whole table is found as CSV, in the order and the language of this page."""
    names = ("sort", "filter", "entailment", "release")
    kept = [(k, v) for k in names if (v := parameters().get(k, ""))]
    return _absolute(found, [*_written_out(found), *kept, ("format", "csv"), ("lang", language())])


def _address(**changes: str | int | None) -> str:
    """The address of this page with other values of some parameters; ``None`` leaves one out."""
    kept = [(k, v) for k, v in parameters().items(multi=True) if k not in changes and v]
    kept += [(k, str(v)) for k, v in changes.items() if v is not None]
    return f"{here()}?{urlencode(kept)}" if kept else here()
