"""Which things there are to refer to, in the files that are read and in what is published."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal

from mieco.errors import Language, Text
from mieco.intake.name_parts import same_name_key
from mieco.intake.values import Unfit

_NEAREST = 3
# To look for what is nearly called so takes time; who has more unknown names has another mistake.
_MOST_PROPOSED = 200
_NOT_REGISTERED = Text("没有登记", "is not registered")
_WRONG_SEPARATORS = ("、", "，", ",")


@dataclass(frozen=True, slots=True)
class Named:
    """A thing and its names; one that it does not have is empty."""

    iri: str
    zh: str = ""
    en: str = ""

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    @property
    def words(self) -> set[str]:
        """What a cell may call it, for comparison: either name, or both as a template has them."""
        return {same_name_key(text) for text in (self.zh, self.en, f"{self.zh} {self.en}") if text}


Value = Named | Literal


@dataclass(frozen=True, slots=True)
class Published:
    """The things of a release that a workbook can name.

    ``things`` has them by IRI, with their labels; ``said`` gives the values that are asserted of
    a thing under a property; ``keys`` and ``names`` by register, by key and
    by what :func:`same_name_key` makes of a name.  ``codes`` has organisations by credit code,
    ``places`` places by region code.
    """

    things: Mapping[str, Named] = field(default_factory=dict)
    said: Callable[[str, str], Sequence[str]] = lambda _thing, _property: ()
    keys: Mapping[str, Mapping[str, Named]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, Sequence[Named]]] = field(default_factory=dict)
    codes: Mapping[str, Sequence[Named]] = field(default_factory=dict)
    places: Mapping[str, Named] = field(default_factory=dict)

    def find(self, register: str, text: str) -> Sequence[Named]:
        """The things that a key, a credit code or a name may mean."""
        if found := self.keys.get(register, {}).get(text.lower()):
            return [found]
        if register == "organisations" and (coded := self.codes.get(text.upper())):
            return coded
        return self.names.get(register, {}).get(same_name_key(text), ())


class Registers:
    """The things that rows make, by register, and those that are published."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._keys: dict[str, dict[str, Named]] = defaultdict(dict)
        self._names: dict[str, dict[str, list[Named]]] = defaultdict(dict)
        self._unknown: dict[tuple[str, str], Text] = {}

    def add(self, register: str, key: str, named: Named, others: Iterable[str] = ()) -> None:
        """Registers a thing under a key, its names and other words for it."""
        self.add_key(register, key, named)
        for word in named.words | {same_name_key(name) for name in others if name}:
            there = self._names[register].setdefault(word, [])
            if all(other.iri != named.iri for other in there):
                there.append(named)

    def add_key(self, register: str, key: str, named: Named) -> None:
        """Registers a thing under a key alone."""
        self._keys[register][key] = named

    def of_row(self, register: str, key: str) -> Named | None:
        """The thing that the row with that key makes."""
        return self._keys[register].get(key)

    def rows(self, register: str) -> Sequence[Named]:
        """All things that rows make."""
        return list(self._keys[register].values())

    def find(self, register: str, text: str) -> Named:
        """The one thing that a cell names.  Raises Unfit for none, or several."""
        keyed = self._keys[register].get(text) or self._keys[register].get(text.lower())
        named = self._names[register].get(same_name_key(text), [])
        # The number of one row may be the name of another.
        own = {each.iri: each for each in (*((keyed,) if keyed else ()), *named)}
        found = list(own.values()) or self._published.find(register, text)
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(_tail(named.iri) for named in found)
            raise Unfit(
                Text(
                    f"可指几个事物（{listed}），请改填编号",
                    f"may mean several things ({listed}); give the number instead",
                )
            )
        if (register, text) not in self._unknown:
            proposing = len(self._unknown) < _MOST_PROPOSED
            self._unknown[register, text] = (
                self._proposed(register, text) if proposing else _NOT_REGISTERED
            )
        raise Unfit(self._unknown[register, text])

    def _proposed(self, register: str, text: str) -> Text:
        if any(mark in text for mark in _WRONG_SEPARATORS):
            return Text(
                "没有登记；几个值请用分号“；”隔开",
                "is not registered; separate several values by semicolons",
            )
        names = self._published.names.get(register, {})
        own = {*self._keys[register], *(each.zh for each in self.rows(register))} - {""}
        others = {each.zh for some in names.values() for each in some} - {"", *own}
        # What stands in the same files is meant more often.
        near = [
            *difflib.get_close_matches(text, own, n=_NEAREST),
            *difflib.get_close_matches(text, others, n=_NEAREST),
        ][:_NEAREST]
        if not near:
            return _NOT_REGISTERED
        return Text(
            f"没有登记；相近的有：{'、'.join(near)}",
            f"is not registered; like it: {', '.join(near)}",
        )


def _tail(iri: str) -> str:
    """The key of a thing; of one from a workbook, the number of its row."""
    return iri.rpartition("/")[2].rpartition("--")[2]
