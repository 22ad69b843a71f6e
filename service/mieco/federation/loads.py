"""The documents that LOAD names (SPARQL 1.1 Update §3.1.4), fetched before the update is made."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from mieco.changes import Document, load_of
from mieco.engine.tokens import has_word, operations
from mieco.errors import QueryRefused, RemoteFailed, Text
from mieco.federation.outside import Fetched, Outside
from mieco.present.formats import GRAPH_FORMATS, by_name

_ACCEPT = ", ".join(
    f"{form.media_type};q={1 - place / 10:.1f}" for place, form in enumerate(GRAPH_FORMATS)
)
# These say nothing of the format; the name of the document may.
_VAGUE = ("text/plain", "application/octet-stream")


def fetch_loads(
    update: str, base: str | None, outside: Outside, folder: Path, *, seconds: float
) -> dict[int, Document]:
    """The documents of the LOAD operations, by the operation's number (from 0).

    A document that LOAD SILENT cannot have is absent.  The documents share the deadline.
    Raises QueryRefused or RemoteFailed for any other that cannot be had.
    """
    if not outside.hosts or not has_word(update, "LOAD"):
        return {}
    deadline = time.monotonic() + seconds
    found: dict[int, Document] = {}
    for number, operation in enumerate(operations(update)):
        load = load_of(operation, base)
        if load is not None:
            try:
                fetched = outside.fetch(
                    load.source, _ACCEPT, seconds=max(0.0, deadline - time.monotonic())
                )
                found[number] = _document(fetched, folder / str(number))
            except (QueryRefused, RemoteFailed):
                if not load.silent:
                    raise
    return found


def _document(fetched: Fetched, path: Path) -> Document:
    """The document in a file.  Raises QueryRefused if it is not RDF."""
    extension = Path(urlsplit(fetched.url).path).suffix.removeprefix(".")
    named = by_name(extension, GRAPH_FORMATS) if extension else None
    told = by_name(fetched.media_type, GRAPH_FORMATS)
    form = named or told if fetched.media_type in _VAGUE else told
    if form is None:
        raise QueryRefused(
            reason=Text(
                f"{fetched.url}：不是 RDF（{fetched.media_type}）",
                f"{fetched.url}: not RDF ({fetched.media_type})",
            )
        )
    path.write_bytes(fetched.body)
    return Document(str(path), form.media_type, fetched.url)
