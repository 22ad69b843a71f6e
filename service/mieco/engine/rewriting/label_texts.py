"""The labels of a release as one text, in which those that have some text in them are found.

Looking through it takes about a hundredth of what the engine takes to read each label in the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# In a text that is looked for, any one letter; no literal is written with it.
ANY = "\n"
# A letter as it is written: as it is, or a backslash and another.
_LETTER = r'(?:\\.|[^\\\n"])'
# Of what is looked for, so many of the longest pieces are counted to begin with the rarest.
_MOST_COUNTED = 3
# A text that stands in more labels than this is too common to be worth looking for.
_MOST_LOOKED_AT = 20_000
# Of the letters beyond ASCII, those that become an ASCII one in lower case (LCASE), or are the same
# as one where case does not count (the simple case folding of regular expressions).
_TO_ASCII = (("\u0130", "i"), ("\u212a", "k"), ("\u017f", "s"))


class LabelTexts:
    """The different literals that a property has.

    ``lines`` has each as a line, written as in SPARQL: a line feed in a literal is escaped, so that
    a line is a literal whatever it holds.
    """

    def __init__(self, lines: str) -> None:
        self._lines = f"\n{lines}"
        # Each letter becomes one letter, so that both have the same places.
        self._folded = _folded(self._lines)

    def __len__(self) -> int:
        return self._lines.count("\n") - 1

    def changed(self, gone: Iterable[str], come: Iterable[str]) -> LabelTexts:
        """These without the literals that are gone and with those that have come, as lines.

        One that has come may be here already.
        """
        cuts = sorted(
            (at + 1, at + 1 + len(line)) for line in gone if (at := self._place(line)) >= 0
        )
        more = "".join(line for line in come if self._place(line) < 0)
        made = LabelTexts("")
        made._lines = _without(self._lines, cuts) + more
        made._folded = _without(self._folded, cuts) + _folded(more)
        return made

    def _place(self, line: str) -> int:
        """Where a line begins, less one; -1 if it is not here."""
        return self._lines.find(f"\n{line}")

    def candidates(self, needles: Sequence[str], most: int) -> list[str] | None:
        """The literals with all these texts in them, as they are written in SPARQL.

        ``needles`` (at least one) are as :mod:`mieco.engine.rewriting.needles` makes them.
        ``None`` if there are more than ``most``, or too many would have to be looked at.
        """
        pieces = {piece for needle in needles for piece in needle.split(ANY) if piece}
        longest = sorted(pieces, key=len)[-_MOST_COUNTED:]
        count, rarest = min((self._folded.count(piece), piece) for piece in longest)
        if count > _MOST_LOOKED_AT:
            return None
        others = [
            re.compile(_LETTER.join(map(re.escape, needle.split(ANY))))
            for needle in needles
            if needle != rarest
        ]
        found: list[str] = []
        at = self._folded.find(rarest)
        while at >= 0:
            start = self._folded.rfind("\n", 0, at) + 1
            end = self._folded.find("\n", at)
            if all(other.search(self._folded, start, end) for other in others):
                if len(found) == most:
                    return None
                found.append(self._lines[start:end])
            at = self._folded.find(rarest, end)
        return found


def _without(text: str, cuts: Iterable[tuple[int, int]]) -> str:
    """A text without some of its parts, which are in order."""
    kept, start = [], 0
    for begin, end in cuts:
        kept.append(text[start:begin])
        start = end
    return "".join((*kept, text[start:]))


def _folded(text: str) -> str:
    for letter, ascii_letter in _TO_ASCII:
        text = text.replace(letter, ascii_letter)
    return text.lower()
