"""What somebody may have meant whose address leads nowhere."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from flask import current_app, request

from mieco.errors import MiecoError
from mieco.present.formats import THING_FORMATS
from mieco.search.finding import LONGEST, Sought
from mieco.search.kinds import KINDS
from mieco.web.reader import href, language
from mieco.web.release import asked_release
from mieco.web.service import service

_MOST = 6
# A letter is the initial of half of all names.
_SHORTEST = 2
_ENDINGS = {f".{form.name}" for form in THING_FORMATS}


@dataclass(frozen=True, slots=True)
class Near:
    """A page of a near name: what it is called, what kind of thing it is about, where it is."""

    name: str
    kind: str
    address: str


def _sought() -> str:
    """The words that the address of this request ends with."""
    last = PurePosixPath(request.path)
    stem = last.stem if last.suffix in _ENDINGS else last.name
    return stem.replace("-", " ").replace("_", " ").strip()[:LONGEST]


def near_pages() -> list[Near]:
    """Pages whose names are near to the address of this request; none where none can be had."""
    return [*_sections(), *_things()][:_MOST]


def _sections() -> list[Near]:
    """Pages of the service itself."""
    fixed = {
        rule.rule.strip("/").lower(): rule.rule
        for rule in current_app.url_map.iter_rules()
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and "." not in rule.rule
        and rule.rule != request.path
    }
    asked = request.path.strip("/").lower()
    asked = asked.removesuffix(PurePosixPath(asked).suffix)
    return [
        Near(fixed[each], "", quote(request.root_path.rstrip("/") + fixed[each]))
        for each in difflib.get_close_matches(asked, filter(None, fixed), n=2, cutoff=0.75)
    ]


def _things() -> list[Near]:
    text = _sought()
    if len(text) < _SHORTEST:
        return []
    try:
        release = asked_release() or service().releases.current()
        finder = service().finders.of(release, seconds=service().settings.timeout)
        hits = finder.find(Sought(text), most=_MOST).hits
    except MiecoError:
        # Nothing is there to be found: that is no reason to tell another error than the first.
        return []
    return [
        Near(
            hit.thing.label(language()), KINDS[hit.thing.kind].in_(language()), href(hit.thing.iri)
        )
        for hit in hits
    ]
