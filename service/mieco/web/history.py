"""The releases one by one, as the pages of downloads and of changes tell them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from flask import (
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from mieco.dumps.files import graphs_of
from mieco.errors import BadRelease, NotFound, Text
from mieco.manifest import Manifest
from mieco.present.formats import HTML, JSON
from mieco.releases import Release, Releases
from mieco.web.protocol import whole_number
from mieco.web.reader import wanted
from mieco.web.service import service

LATEST = "latest"
# So many releases to a page.
_PAGE = 20
_MOST = 999_999_999
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

Told = dict[str, Any]


def release_of(text: str) -> Release:
    """The release of a number in an address.  Raises NotFound or BadRelease."""
    if not _NUMBER.fullmatch(text):
        raise NotFound(
            what=Text("发布", "release"),
            name=text,
            near=Text("请写编号，或 latest", "Write its number, or 'latest'"),
        )
    return service().releases.open(int(text))


def numbered(text: str) -> str:
    """A part of an address with the number of the current release in the place of ``latest``."""
    return text.replace(LATEST, str(service().releases.current().manifest.number), 1)


def to_numbered(path: str) -> AnyResponse:
    """The way from an address with ``latest`` to the same of the current release."""
    # Another one soon, and by the same method (RFC 9110 §15.4.8).
    response = redirect(with_query(path), 307)
    response.headers["Cache-Control"] = "no-cache"
    return response


def with_query(path: str) -> str:
    """A path with the parameters of this request."""
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def listed(tell: Callable[[Release], Told], template: str) -> Response:
    """A page of the releases, the newest first: those before ``?before=``.  Raises BadParameter."""
    form, before = wanted((JSON, HTML)), whole_number("before", 0, 1, _MOST)
    there = service().releases.all()
    older = (each for each in there if not before or each.manifest.number < before)
    found = list(islice(older, _PAGE + 1))
    releases = [tell(release) for release in found[:_PAGE]]
    more = None
    if len(found) > _PAGE:
        more = url_for(request.endpoint or "", before=found[_PAGE - 1].manifest.number)
    if form is JSON:
        return jsonify({"releases": releases, "next": more})
    return make_response(render_template(template, releases=releases, older=more))


def told(release: Release) -> Told:
    """What a release is: its number, when and from which it was made, how large it is."""
    manifest = release.manifest
    return {
        "release": manifest.number,
        "created": manifest.created,
        "before": manifest.before,
        "current": manifest.number == service().releases.current_number(),
        "triples": manifest.triples,
        "graphs": graphs_of(manifest),
        "imports": list(_imports(manifest)),
    }


def growth(release: Release, releases: Releases) -> dict[str, int] | None:
    """By how many triples each graph grew from the release that this one was made from.

    ``None`` where that one is not there any more.
    """
    grown = Counter(graphs_of(release.manifest))
    if release.manifest.before is not None:
        try:
            grown.subtract(graphs_of(releases.open(release.manifest.before).manifest))
        except (NotFound, BadRelease):
            return None
    return {graph: count for graph, count in sorted(grown.items()) if count}


def _imports(manifest: Manifest) -> Iterator[Told]:
    """The batches that were first in this release, and who brought them."""
    for graph, batch in sorted(manifest.batches.items()):
        if batch.release == manifest.number:
            yield {"graph": graph, "by": batch.by, "at": batch.at}
