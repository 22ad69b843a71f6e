"""``/ontology`` and below: the document of the namespace, its modules and its past versions.

The terms are fragments of the document's IRI, so it answers with 200 and in the format that is
asked for (W3C Best Practice Recipes for Publishing RDF Vocabularies, recipe 3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, render_template, request

from mieco.ask.page_queries import rows_of
from mieco.engine.base import text_of
from mieco.errors import Language, NotFound, Text
from mieco.intake.specification import expand
from mieco.namespace.addresses import Address, links_of, read_address
from mieco.namespace.versions import Versions
from mieco.present.formats import HTML
from mieco.questions.finding import questions_by_term
from mieco.terms import BASE, MIECO
from mieco.web.documents import Link, linked, tagged
from mieco.web.protocol import deadline
from mieco.web.reader import href, language, wanted
from mieco.web.reading import reading
from mieco.web.release import asked_release
from mieco.web.service import service

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
def namespace() -> Response:
    return _answer("")


@blueprint.get("/ontology.<extension>")
def namespace_as(extension: str) -> Response:
    return _answer(f".{extension}")


@blueprint.get("/ontology/<path:path>")
def part(path: str) -> Response:
    return _answer(path)


def _answer(path: str) -> Response:
    documents = service().ontology
    address = read_address(_versions_as_of(documents.versions), path)
    form = address.form or wanted(address.accepted)
    if form is HTML:
        body = _page(address).encode()
        tag = hashlib.sha256(body).hexdigest()[:32]
    else:
        document = documents.of(address.version, address.module, form)
        body, tag = document.body, document.tag
    response = Response(body, content_type=form.content_type)
    response.headers["Content-Location"] = _absolute(address.in_form(form))
    response.headers["Cache-Control"] = "no-cache"
    return tagged(linked(response, _links(address, documents.versions)), tag)


def _links(address: Address, versions: Versions) -> Iterator[Link]:
    for relation, target, media_type in links_of(address, versions):
        yield Link(_absolute(target), relation, media_type)


def _versions_as_of(versions: Versions) -> Versions:
    """The versions, with that as the current one which the release that is asked for holds."""
    if asked_release() is None:
        return versions
    with reading(lasting=False) as (engine, _):
        rows = rows_of(engine, "ontology-version", seconds=deadline())
    number = text_of(rows[0]["version"]) if rows else "—"
    if number not in versions.by_number:
        raise NotFound(what=Text("本体版本", "version of the ontology"), name=number, near="")
    return replace(versions, current=versions.by_number[number])


def _absolute(target: str) -> str:
    """The address of a link: a path is below the root of this service."""
    return target if "://" in target else request.url_root + target


def _local(path: str) -> str:
    """The same within this service, for a link on a page."""
    return f"{request.script_root}/{path}"


def _page(address: Address) -> str:
    documents = service().ontology
    described = documents.described(address.version)
    sections = [s for s in described.sections if address.module in ("", s.name)]
    shown = {entry.term.iri for section in sections for entry in section.terms}
    whole = Address(address.version, lasting=address.lasting)
    other: Language = "en" if language() == "zh" else "zh"

    def to(iri: str) -> str:
        """A term of ours is on this page or on that of the whole version."""
        if not iri.startswith(MIECO):
            return href(iri) if iri.startswith(BASE) else iri
        anchor = f"#{iri.removeprefix(MIECO)}"
        return anchor if iri in shown else _local(whole.path) + anchor

    return render_template(
        "ontology.html",
        address=address,
        ontology=described,
        sections=sections,
        versions=documents.versions,
        links=list(_links(address, documents.versions)),
        asked=questions_by_term(service().questions.values()),
        other=other,
        to=to,
        expand=expand,
        at=lambda version, module="": _local(Address(version, module, lasting=True).path),
        in_form=lambda form: _local(address.in_form(form)),
        iri=BASE + address.path,
        lasting=BASE + Address(address.version, address.module, lasting=True).path,
    )
