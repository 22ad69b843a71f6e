"""Which profile a thing has: by its class, since most things need no more than their statements."""

from __future__ import annotations

from typing import Final
from typing import Literal as OneOf

from mieco.ask.things import Thing
from mieco.engine.base import text_of
from mieco.terms import MIECO

ProfileKind = OneOf["consortium", "place", "source", "policy", "organisation"]

# The profile of a thing is that of the first of these classes that it has.
_CLASSES: Final[dict[str, ProfileKind]] = {
    MIECO + "Consortium": "consortium",
    MIECO + "Place": "place",
    MIECO + "Source": "source",
    MIECO + "PolicyDocument": "policy",
    MIECO + "CollectiveActor": "organisation",
    MIECO + "IndustrialPark": "organisation",
}


def profile_kind(thing: Thing) -> ProfileKind | None:
    """The kind of profile that a thing has; ``None`` for one that has none."""
    classes = {text_of(each.term) for each in thing.types}
    return next((kind for name, kind in _CLASSES.items() if name in classes), None)
