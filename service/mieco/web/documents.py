"""The documents about a thing: where each is, and the links between them (RFC 8288)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Response, request
from werkzeug.urls import iri_to_uri

from mieco.ask.addresses import path_of
from mieco.present.formats import GRAPH_FORMATS, HTML, THING_FORMATS, Format
from mieco.present.language import LANGUAGES
from mieco.terms import LICENSE
from mieco.web.protocol import parameters

# What people are offered; TriG and N-Quads say no more than Turtle and N-Triples.
OFFERED = tuple(f for f in THING_FORMATS if f.name not in ("trig", "nq"))
# What a path has unescaped (RFC 3986 §3.3).
_UNESCAPED = "/:@!$&'()*+,;=-._~"
_TURTLE = GRAPH_FORMATS[0]
# Compacted JSON-LD (JSON-LD 1.1 §6) is a profile of its media type (RFC 6906).
_COMPACTED = "http://www.w3.org/ns/json-ld#compacted"


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a document, or from a thing, to something else."""

    target: str
    rel: str
    type: str = ""
    hreflang: str = ""

    def __str__(self) -> str:
        """As in a Link header."""
        more = {"type": self.type, "hreflang": self.hreflang}
        told = "".join(f'; {name}="{value}"' for name, value in more.items() if value)
        return f'<{iri_to_uri(self.target)}>; rel="{self.rel}"{told}'


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents about a thing.

    Those of our own things are at the path of their IRI with an extension, unless that is
    ``shared`` with another thing; all others are at ``/thing``.
    """

    iri: str
    shared: bool = False

    def address(self, form: Format, **told: str) -> str:
        """The whole URL of a document."""
        return self._with(form, list(told.items()))

    def _with(self, form: Format, told: list[tuple[str, str]]) -> str:
        root = request.url_root
        own = path_of(self.iri)
        if own and not self.shared:
            path = quote(f"{own}.{form.name}", safe=_UNESCAPED)
        else:
            path, told = "thing", [("iri", self.iri), ("format", form.name), *told]
        return f"{root}{path}?{urlencode(told)}" if told else root + path

    def here(self, form: Format) -> str:
        """The URL of a document with all that this request says beside the format."""
        kept = parameters().items(multi=True)
        return self._with(form, [(k, v) for k, v in kept if k not in ("iri", "format")])

    def of_thing(self) -> Iterator[Link]:
        """From the thing itself: what describes it."""
        for form in OFFERED:
            yield Link(self.address(form, **_release()), "describedby", form.media_type)

    def of_document(self, form: Format) -> Iterator[Link]:
        """From a document: the thing, the same in other formats and languages, the licence."""
        yield Link(self.iri, "describes")  # RFC 6892
        for other in OFFERED:
            if other is HTML:
                for language in LANGUAGES:
                    target = self.address(HTML, **(_release() | {"lang": language}))
                    yield Link(target, "alternate", HTML.media_type, language)
            elif other is not form:
                yield Link(self.address(other, **_release()), "alternate", other.media_type)
        if form is HTML:
            yield Link(self.address(HTML), "canonical")
            yield Link(self.address(_TURTLE, **_release()), "describedby", _TURTLE.media_type)
        if form.name == "jsonld":
            yield Link(_COMPACTED, "profile")
        yield Link(LICENSE, "license")


def _release() -> dict[str, str]:
    """What every link of a request for a past release keeps of it."""
    release = parameters().get("release", "")
    return {"release": release} if release else {}


def tagged(response: Response, tag: str) -> Response:
    """The response with a tag that stands for its bytes, and 304 for who has them already.

    RFC 9110 §8.8.3 and §13.1.2; the tag that compression gives stands for the same document.
    """
    response.set_etag(tag)
    known = request.if_none_match
    if known.star_tag or known.contains_weak(tag) or known.contains_weak(f"{tag}-gzip"):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response


def linked(response: Response, links: Iterable[Link]) -> Response:
    """The response with these links in its header."""
    response.headers["Link"] = ", ".join(map(str, links))
    return response
