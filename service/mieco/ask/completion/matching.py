"""How well a term matches what somebody has typed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mieco.ask.completion.vocabulary import VocabularyTerm
from mieco.describe.statistics import namespace
from mieco.present.names import expand_prefixed
from mieco.search.forms import Forms, dense_of, initials

EXACT: Final = 0
_START, _WORD, _INSIDE, _INITIALS_INSIDE = 1, 2, 3, 4
# One letter stands in nearly every reading.
_SHORTEST_READING = 2


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: a namespace if it says one, and what is to be found in a name."""

    namespace: str
    text: str

    @property
    def iri(self) -> str:
        return self.namespace + self.text


def read_typed(text: str) -> Typed:
    """A text as typed: a name in any language, a prefixed name, the beginning of an IRI.

    >>> read_typed("skos:Conc")
    Typed(namespace='http://www.w3.org/2004/02/skos/core#', text='Conc')
    >>> read_typed("联合体")
    Typed(namespace='', text='联合体')
    """
    text = text.strip().removeprefix("<").removesuffix(">")
    whole = expand_prefixed(text) if not text.endswith(":") else expand_prefixed(text + "_")[:-1]
    if "://" not in whole:
        return Typed("", text)
    # A local name may be left open; the namespace ends before it.
    space = namespace(whole + "_")
    return Typed(space, whole.removeprefix(space))


def match(term: VocabularyTerm, typed: Typed) -> int | None:
    """How near a term is, the smallest number the nearest; ``None`` if it does not match.

    Its names in every language count, and how the Chinese ones are read.
    """
    if typed.namespace and not term.iri.startswith(typed.namespace):
        return None
    if not typed.text:
        return _START
    if term.iri == typed.iri:
        return EXACT
    found = [score for form in term.forms if (score := match_name(form, typed.text)) is not None]
    return min(found, default=None)


def match_name(form: Forms, text: str) -> int | None:
    """The same of one name."""
    return _in_form(form, dense_of(text))


def _in_form(form: Forms, wanted: str) -> int | None:
    if form.dense.startswith(wanted):
        return _START
    if any(word.startswith(wanted) for word in form.words):
        return _WORD
    if wanted in form.dense:
        return _INSIDE
    return _in_readings(form.readings, wanted)


def _in_readings(readings: Sequence[Sequence[str]], wanted: str) -> int | None:
    """In pinyin, from the beginning of a syllable, or in its initials."""
    if not wanted.isascii() or len(wanted) < _SHORTEST_READING:
        return None
    for reading in readings:
        letters = initials(reading)
        if letters.startswith(wanted) or "".join(reading).startswith(wanted):
            return _WORD
    for reading in readings:
        rests = ("".join(reading[at:]) for at in range(1, len(reading)))
        if wanted in initials(reading) or any(rest.startswith(wanted) for rest in rests):
            return _INITIALS_INSIDE
    return None
