"""What a search found, for programs and for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mieco.errors import Language
from mieco.search.finding import Found, Hit
from mieco.search.kinds import KINDS
from mieco.search.lookup import Named, Thing
from mieco.search.marking import Piece, marked
from mieco.search.matching import How, Match

# How a match came about is told where the name itself does not show it.
_TOLD: tuple[How, ...] = ("pinyin", "initials", "short", "near")


def found_as_json(
    found: Found, text: str, places: Mapping[str, Thing], language: Language
) -> dict[str, Any]:
    """What a search for a text found; ``places`` gives those that it speaks of."""
    return {
        "query": text,
        "total": found.total,
        "near": found.near,
        "meant": found.meant,
        "kinds": [
            {"kind": kind, "label": KINDS[kind].in_(language), "count": count}
            for kind, count in found.kinds.items()
        ],
        "provinces": [
            {"iri": iri, "label": name_of(iri, places, language), "count": count}
            for iri, count in found.provinces.items()
        ],
        "hits": [hit_as_json(hit, language) for hit in found.hits],
    }


def hit_as_json(hit: Hit, language: Language) -> dict[str, Any]:
    """A thing, the name by which it was found, and how that matched."""
    named, match = telling(hit)
    return {
        "iri": hit.thing.iri,
        "label": hit.thing.label(language),
        "matched": named.name.text,
        "name": named.name.kind,
        "how": match.how,
        "kind": hit.thing.kind,
        "place": hit.thing.place,
        "province": hit.thing.province,
        "deprecated": hit.thing.deprecated,
    }


def why_found(hit: Hit, language: Language) -> tuple[str, str]:
    """By which name a thing was found that is not its label here, and what kind of name or match
    that is; both empty where the label shows it."""
    named, match = telling(hit)
    other = "" if named.name.text == hit.thing.label(language) else named.name.text
    if match.how in _TOLD:
        return match.how, other
    return (named.name.kind if other else ""), other


def pieces_of(name: str, hit: Hit, text: str, found: Found) -> Sequence[Piece]:
    """A name of a hit in pieces, those to be marked that a text matches."""
    return marked(name, text, found.meant, [match.how for _, match in hit.matched])


def name_of(iri: str, things: Mapping[str, Thing], language: Language) -> str:
    """The label of a thing, or its IRI."""
    return things[iri].label(language) if iri in things else iri


def telling(hit: Hit) -> tuple[Named, Match]:
    """The match that tells most: the least evident one."""
    return max(hit.matched, key=lambda each: each[1].cost)
