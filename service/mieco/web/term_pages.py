"""``/terms/``: the ontology to look through, term by term, by module, and from version to version.

The IRIs of the terms lead to the document of all of them (ontology.py); here each has a page.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from mieco.ask.addresses import is_in_data
from mieco.engine.base import Engine, Entailment
from mieco.errors import BadParameter, NotFound, Text
from mieco.intake.specification import expand
from mieco.namespace.change_forms import changes_as_json
from mieco.namespace.class_list import MOST, Listed, page_of, particulars
from mieco.namespace.description import Described
from mieco.namespace.documents import forms_of
from mieco.namespace.modules import classes_in, draw_module, find_module, ties_of
from mieco.namespace.pictures import Picture
from mieco.namespace.term_index import index_as_json, names_of, read_index
from mieco.namespace.term_page import count_as_json, read_term, term_as_json
from mieco.namespace.term_picture import draw_term
from mieco.namespace.usage import Use
from mieco.namespace.versions import Version
from mieco.namespace.vocabulary import KINDS, Vocabulary
from mieco.present.formats import GRAPH_FORMATS, HTML, JSON, SVG, Format
from mieco.questions.finding import questions_by_term
from mieco.releases import Release
from mieco.terms import MIECO
from mieco.web.protocol import deadline, parameters
from mieco.web.reader import language, wanted
from mieco.web.reading import reading
from mieco.web.service import service

blueprint = Blueprint("term_pages", __name__)

# Of those that RDF can be had in, which people are offered.
_FORMATS = 4
# Things of a class on its page; all have a page of their own.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Looked:
    """What every page here is about: a release, the version that it holds, how it uses that."""

    engine: Engine
    release: Release
    use: Use
    vocabulary: Vocabulary

    def labels(self, iris: Sequence[str] = ()) -> Mapping[str, tuple[str, str]]:
        """The names of all that the version names, and of things of the data."""
        found = self.engine.labels(iris, language(), seconds=deadline()) if iris else {}
        return ChainMap(dict(self.vocabulary.names(language())), found)

    def things_of(self, class_: str, entailment: Entailment = "both") -> Sequence[Listed]:
        return service().class_lists.of(
            self.engine, self.release, class_, entailment, language(), seconds=deadline()
        )

    def page(self, template: str, iris: Sequence[str] = (), **facts: object) -> Response:
        return make_response(
            render_template(
                template,
                vocabulary=self.vocabulary,
                use=self.use,
                labels=self.labels(iris),
                release=self.release,
                expand=expand,
                **facts,
            )
        )


@contextmanager
def _looking() -> Iterator[_Looked]:
    documents = service().ontology
    with reading() as (engine, release):
        use = service().uses.of(engine, release, seconds=deadline())
        yield _Looked(engine, release, use, documents.vocabulary(use.version))


@blueprint.get("/terms/")
def index() -> Response:
    form, text = wanted((JSON, HTML)), parameters().get("q", "")
    entailment = _one_of("entailment", ("both", "asserted"))
    with _looking() as looked:
        inferred = entailment == "both"
        found = read_index(looked.vocabulary, looked.use, text, inferred=inferred)
        if form is HTML:
            return looked.page(
                "term_index.html",
                index=found,
                sought_term=text,
                inferred=inferred,
                names_of=names_of,
            )
        told = index_as_json(looked.vocabulary, looked.use, found)
        return jsonify({"release": looked.release.as_json(), **told})


@blueprint.get("/terms/<name>")
def term(name: str) -> Response:
    """A term; what the ontology does not define but the data use has only its facts."""
    form = wanted((JSON, HTML, SVG))
    with _looking() as looked:
        try:
            entry = looked.vocabulary.find(name)
        except NotFound as unknown:
            if is_in_data(looked.engine, MIECO + name, seconds=deadline()):
                return _see(url_for("things.by_iri", iri=MIECO + name))
            if form is not HTML:
                raise
            near = looked.vocabulary.near(name)
            page = looked.page("term_unknown.html", unknown=unknown, near=near)
            page.status_code = 404
            return page
        if entry.anchor != name:
            asked = request.query_string.decode()
            return _see(
                f"{request.script_root}/terms/{entry.anchor}" + (f"?{asked}" if asked else "")
            )
        return _term(entry, looked, form)


@blueprint.get("/terms/<name>/instances")
def instances(name: str) -> Response:
    """All things of a class by name, a page at a time."""
    form, text, after = wanted((JSON, HTML)), parameters().get("q", ""), parameters().get("after")
    entailment = _one_of("entailment", ("both", "asserted", "inferred"))
    with _looking() as looked:
        entry, seconds = looked.vocabulary.find(name), deadline()
        if entry.term.kind != "class":
            raise NotFound(what=Text("类", "class"), name=name, near="")
        iri = entry.term.iri
        page = page_of(looked.things_of(iri, entailment), text, after or "")
        if form is HTML:
            names = service().finders.of(looked.release, seconds=seconds).names
            classes = looked.vocabulary.hierarchy("class", looked.use.above)
            known = particulars(page, names, iri, classes)
            return looked.page(
                "term_instances.html",
                [*known, *{each.place for each in known.values()} - {""}],
                entry=entry,
                page=page,
                particulars=known,
                entailment=entailment,
                text=text,
                start=after,
                most=MOST,
                columns={
                    "kind": any(each.kinds for each in known.values()),
                    "place": any(each.place for each in known.values()),
                },
            )
    told = [{"iri": one.iri, "label": one.name, "inferred": one.inferred} for one in page.things]
    head = {"release": looked.release.as_json(), "class": iri}
    count = count_as_json(looked.use.counts.get(iri))
    return jsonify(
        {**head, "count": count, "found": page.found, "instances": told, "after": page.after}
    )


@blueprint.get("/terms/modules")
def modules() -> Response:
    with _looking() as looked:
        return looked.page("term_modules.html", classes_in=classes_in)


@blueprint.get("/terms/modules/<path:name>")
def module(name: str) -> Response:
    """The classes of a module as a drawing, and as a list."""
    form = wanted((HTML, SVG))
    with _looking() as looked:
        section = find_module(looked.vocabulary, name)
        picture = draw_module(looked.vocabulary, looked.use, section, language())
        if form is SVG:
            return _alone(picture, name, looked)
        return looked.page(
            "term_module.html",
            section=section,
            picture=picture,
            hierarchy=looked.vocabulary.hierarchy("class", looked.use.above),
            ties=ties_of(looked.vocabulary, looked.use, section),
            classes=classes_in(section),
        )


@blueprint.get("/terms/changes")
def changes() -> Response:
    """What distinguishes two versions of the ontology."""
    form, documents = wanted((JSON, HTML)), service().ontology
    with _looking() as looked:
        this = looked.vocabulary.version
        after = _version("after", this)
        before = _version("before", documents.versions.before(after) or after)
        found = documents.changes(before, after)
        if form is HTML:
            versions = documents.versions.by_number
            return looked.page("term_changes.html", changes=found, versions=versions, kinds=KINDS)
    return jsonify(changes_as_json(found))


@blueprint.get("/terms/protege")
def protege() -> Response:
    """How to open the ontology in Protégé, and its files."""
    with _looking() as looked:
        forms = forms_of(looked.vocabulary.version, "")
        return looked.page(
            "term_protege.html", forms=forms, versions=service().ontology.versions.by_number
        )


def _term(entry: Described, looked: _Looked, form: Format) -> Response:
    documents, seconds, iri = service().ontology, deadline(), entry.term.iri
    vocabulary = looked.vocabulary
    past = documents.history(iri, vocabulary.version)
    page = read_term(vocabulary, looked.use, entry, past)
    asked = questions_by_term(service().questions.values()).get(entry.term.name, [])
    if form is JSON:
        told = term_as_json(page, vocabulary, asked)
        return jsonify({"release": looked.release.as_json(), **told})
    picture = draw_term(page, vocabulary, language())
    if form is SVG:
        return _alone(picture, entry.anchor, looked)
    things = looked.things_of(iri) if entry.term.kind == "class" else None
    used = None
    if things is None:
        used = service().uses.property(looked.engine, looked.release, iri, seconds=seconds)
    shapes = [shape.iri for shape in (*page.shapes, *page.requirements)]
    return looked.page(
        "term.html",
        [
            *entry.term.sources,
            *shapes,
            *(one.iri for one in (things or ())[:_SHOWN]),
            *(used.iris() if used else ()),
        ],
        page=page,
        picture=picture,
        things=things,
        shown=_SHOWN,
        used=used,
        questions=[service().questions[name] for name in asked],
        formats=[form.name for form in GRAPH_FORMATS[:_FORMATS]],
    )


def _alone(picture: Picture | None, name: str, looked: _Looked) -> Response:
    """A drawing by itself.  Raises NotFound if there is nothing to draw."""
    if picture is None:
        raise NotFound(what=Text("图示", "diagram"), name=name, near="")
    response = looked.page("term_picture.svg", picture=picture)
    response.content_type = SVG.content_type
    response.headers["Content-Language"] = language()
    return response


def _see(place: str) -> Response:
    return Response(f"{place}\n", 302, {"Location": place}, content_type="text/plain")


def _one_of(name: str, allowed: Sequence[Entailment]) -> Entailment:
    """The value of a parameter, the first without one.  Raises BadParameter."""
    given = parameters().get(name) or allowed[0]
    for each in allowed:
        if given == each:
            return each
    raise BadParameter(
        name=name,
        reason=Text(f"没有“{given}”这个值", f"there is no value '{given}'"),
        allowed=", ".join(allowed),
    )


def _version(name: str, default: Version) -> Version:
    """The version that a parameter names.  Raises BadParameter."""
    versions = service().ontology.versions.by_number
    given = parameters().get(name) or default.number
    if given not in versions:
        raise BadParameter(
            name=name,
            reason=Text(f"没有 {given} 这一版", f"there is no version '{given}'"),
            allowed=", ".join(versions),
        )
    return versions[given]
