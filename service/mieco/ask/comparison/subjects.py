"""What is compared: consortia or places, named by key, path, IRI or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args
from typing import Literal as OneOf

from mieco.errors import BadParameter, NotFound, Text, UserError
from mieco.search.finding import Finder, Sought
from mieco.search.lookup import Names, Thing, thing_of
from mieco.terms import BASE

Comparable = OneOf["consortium", "place"]
COMPARABLE: Final[tuple[Comparable, ...]] = get_args(Comparable)
LEAST, MOST = 2, 4
_NEAR = 5
_ALLOWED = Text(f"{LEAST} 到 {MOST} 个", f"{LEAST} to {MOST}")
_PREFIXES = ("", BASE, f"{BASE}id/", f"{BASE}id/consortium/", f"{BASE}id/place/")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The things that are chosen and known, and what is wrong with the choice, if anything is.

    ``near`` are the things that may be meant where one is not known.
    """

    things: Sequence[Thing]
    wrong: UserError | None
    near: Sequence[Thing] = ()

    @property
    def kind(self) -> Comparable | None:
        """What all of them are; ``None`` where nothing is chosen."""
        return _kind_of(self.things) if self.things else None


def choose(finder: Finder, given: Sequence[str]) -> Chosen:
    """The things that these texts name, each once, all of one kind.

    A key that a consortium and a place share is that of the kind that the others are of, else
    that of the consortium.  Of more things than can be compared the first are kept.
    """
    texts = dict.fromkeys(text.strip() for text in given if text.strip())
    named = {text: _named(finder.names, text) for text in texts}
    known = [things for things in named.values() if things]
    common = [kind for kind in COMPARABLE if all(_of(kind, things) for things in known)]
    kind = common[0] if common else _kind_of(known[0])
    found = {thing.iri: thing for things in known for thing in _of(kind, things)[:1]}
    things = list(found.values())[:MOST]
    if unknown := next((text for text, things in named.items() if not things), None):
        near = near_things(finder, unknown, _kind_of(things) if things else None)
        return Chosen(things, _unknown(unknown, near), near)
    if not common:
        return Chosen(
            things,
            BadParameter(
                name="of",
                reason=Text(
                    "联合体和地域不能放在一起比较",
                    "consortia and places cannot be compared with each other",
                ),
                allowed=Text("都是联合体，或都是地域", "consortia alone, or places alone"),
            ),
        )
    if not LEAST <= len(found) <= MOST:
        reason = Text(
            f"给出了 {len(found)} 个联合体或地域", f"{len(found)} consortia or places are given"
        )
        return Chosen(things, BadParameter(name="of", reason=reason, allowed=_ALLOWED))
    return Chosen(things, None)


def near_things(finder: Finder, text: str, kind: Comparable | None) -> list[Thing]:
    """What somebody may mean who types this: of one kind, or of any that can be compared."""
    kinds = [kind] if kind else COMPARABLE
    found = [finder.find(Sought(text, each), most=_NEAR).hits for each in kinds]
    return [hit.thing for hits in found for hit in hits]


def key_of(iri: str) -> str:
    """How a thing is named in an address: ``consortium/KEY``, or the IRI of one not ours."""
    return iri.removeprefix(f"{BASE}id/")


def _of(kind: Comparable, things: Sequence[Thing]) -> list[Thing]:
    return [thing for thing in things if thing.kind == kind]


def _kind_of(things: Sequence[Thing]) -> Comparable:
    return next(kind for kind in COMPARABLE if _of(kind, things))


def _named(names: Names, text: str) -> list[Thing]:
    """The consortia and places that a text may name: as an IRI, a path, a key or a name."""
    found = list(names.by_iris(prefix + text for prefix in _PREFIXES).values())
    if not any(_of(kind, found) for kind in COMPARABLE):
        found = list(names.things(thing_of(number) for number in names.by_name(text)).values())
    found.sort(key=lambda thing: thing.iri)
    return [thing for kind in COMPARABLE for thing in _of(kind, found)]


def _unknown(text: str, near: Sequence[Thing]) -> NotFound:
    hint = Text(
        "请给出名称、键或 IRI，或从名单中选。",
        "Give a name, a key or an IRI, or choose from the list.",
    )
    if near:
        hint = Text(
            f"相近的有：{'、'.join(thing.zh for thing in near)}。",
            f"Like it: {', '.join(thing.en for thing in near)}.",
        )
    return NotFound(what=Text("联合体或地域", "consortium or place"), name=text, near=hint)
