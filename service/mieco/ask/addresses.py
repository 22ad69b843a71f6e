"""Which thing an address below our base means: the thing itself, or a document about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from pyoxigraph import NamedNode

from mieco.ask.given_facts import OWN_PATHS
from mieco.ask.page_queries import rows_of
from mieco.ask.things import no_such_thing
from mieco.engine.base import Engine, text_of
from mieco.terms import BASE

# What ends a path, or is decoded on the way.
_APART = re.compile(r"[?#%]")
# What an IRI has unescaped in its path, but for what is not ASCII (RFC 3987 §2.2).
_UNESCAPED = "/:@!$&'()*+,;=-._~"


def path_of(iri: str) -> str | None:
    """The path below our base at which a thing opens; ``None`` for what opens at /thing only.

    A segment that is empty or of full stops would lead elsewhere (RFC 3986 §5.2.4), and what the
    service has at other paths is not about a thing.
    """
    if not iri.startswith(BASE):
        return None
    path = iri.removeprefix(BASE)
    first, *others = path.split("/")
    whole = first in OWN_PATHS and all(each.strip(".") for each in others)
    return path if whole and not _APART.search(path) else None


@dataclass(frozen=True, slots=True)
class Address:
    """A thing by its IRI, or a document about it by the extension of that.

    ``shared`` where a document's address is the IRI of another thing, as a key may end like one.
    """

    iri: str
    extension: str
    shared: bool


def find_address(
    engine: Engine, path: str, extensions: Collection[str], *, seconds: float
) -> Address:
    """What is at a path below our base.  Raises NotFound where the release knows no such thing.

    A key may have full stops, and even end like a document: what is a thing is no document.
    """
    for spelling in _spellings(path):
        if address := _at(engine, spelling, extensions, seconds):
            return address
    raise no_such_thing(BASE + path)


def find_thing(engine: Engine, iri: str, *, seconds: float) -> Address:
    """The thing of an IRI, ours or another's.  Raises NotFound where the release has none."""
    taken = _taken(engine, iri, seconds)
    if "" not in taken:
        raise no_such_thing(iri)
    return Address(iri, "", shared=len(taken) > 1)


def is_in_data(engine: Engine, iri: str, *, seconds: float) -> bool:
    """Whether a release mentions an IRI."""
    return "" in _taken(engine, iri, seconds)


def _at(engine: Engine, path: str, extensions: Collection[str], seconds: float) -> Address | None:
    stem, _, extension = path.rpartition(".")
    if stem and extension in extensions:
        taken = _taken(engine, BASE + stem, seconds)
        if f".{extension}" not in taken:
            found = "" in taken
            return Address(BASE + stem, extension, shared=len(taken) > 1) if found else None
    taken = _taken(engine, BASE + path, seconds)
    return Address(BASE + path, "", shared=len(taken) > 1) if "" in taken else None


def _spellings(path: str) -> Iterator[str]:
    """The path as it was sent, percent-decoded, and what it may stand for.

    An IRI may itself hold escapes (RFC 3987 §3.1), and people add a slash.
    """
    yield from dict.fromkeys(
        (path, quote(path, safe=_UNESCAPED, errors="replace"), path.rstrip("/"))
    )


def _taken(engine: Engine, iri: str, seconds: float) -> set[str]:
    """Which of an IRI and the addresses of its documents are things, by how they end."""
    try:
        this = NamedNode(iri)
    except ValueError:
        return set()
    rows = rows_of(engine, "addresses", {"this": this}, seconds=seconds)
    return {text_of(row["end"]) for row in rows}
