"""The classes of a module as a drawing: what is above what, and the properties of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mieco.errors import Language, Text
from mieco.namespace.hierarchy import Hierarchy
from mieco.namespace.phrases import name_in
from mieco.namespace.pictures import (
    PADDING,
    SIZE,
    SMALL,
    Box,
    Line,
    Picture,
    Row,
    box,
    line,
    moved,
    wrapped,
)

_WIDTH, _GAP, _BETWEEN, _APART, _EDGE = 212, 60, 12, 26, 2
_MOST_ROWS = 6
# What stands alone is set in so many columns below the rest.
_ALONE = 4


@dataclass(frozen=True, slots=True)
class Tie:
    """An object property of a class, and the class of its values."""

    property: str
    values: str


class ModulePicture:
    """Places the classes: what is above stands to the left of what is below it."""

    def __init__(
        self,
        classes: Collection[str],
        hierarchy: Hierarchy,
        ties: Mapping[str, Sequence[Tie]],
        language: Language,
        labels: Mapping[str, Text],
    ) -> None:
        """``classes`` are those of the module; what is above them is drawn too."""
        self._own = frozenset(classes)
        self._ties, self._language, self._labels = ties, language, labels
        self._above: dict[str, dict[str, bool]] = {}
        for each in classes:
            self._above[each] = hierarchy.above(each)
            for outer in self._above[each]:
                if outer not in self._own:
                    self._above.setdefault(outer, {})
        self._depths: dict[str, int] = {}
        self._below: dict[str, list[str]] = {}
        for each, above in self._above.items():
            if above:
                # Below the deepest, so that all that is above it stands to the left of it.
                deepest = max(sorted(above), key=self._depth)
                self._below.setdefault(deepest, []).append(each)
        # A class of another module that nothing is placed below would only be far away.
        self._far = {i for i in self._above if i not in self._own and i not in self._below}
        for each in self._far:
            del self._above[each]
        self._boxes = {iri: self._box(iri) for iri in self._above}
        self._placed: dict[str, Box] = {}

    def draw(self) -> Picture:
        y = _EDGE
        roots = [iri for iri, above in self._above.items() if not above]
        for root in sorted((r for r in roots if r in self._below), key=self._order):
            self._place(root, y)
            y += self._height(root) + _APART
        y = self._place_alone([r for r in roots if r not in self._below], y)
        boxes = list(self._placed.values())
        width = max((b.right for b in boxes), default=0) + _EDGE
        return Picture(width, y - _APART + _EDGE, boxes, list(self._lines()))

    def _order(self, iri: str) -> tuple[bool, str]:
        """Those of the module first."""
        return iri not in self._own, iri

    def _depth(self, iri: str) -> int:
        if iri not in self._depths:
            self._depths[iri] = 0  # ends a circle
            above = self._above.get(iri, {})
            self._depths[iri] = 1 + max(map(self._depth, above)) if above else 0
        return self._depths[iri]

    def _height(self, iri: str) -> int:
        """Of a class and all that is placed below it."""
        below = self._below.get(iri, ())
        beside = sum(map(self._height, below)) + _BETWEEN * max(0, len(below) - 1)
        return max(self._boxes[iri].height, beside)

    def _place(self, iri: str, y: int) -> None:
        """At the top of what is below it, so that small screens show both."""
        x = _EDGE + self._depth(iri) * (_WIDTH + _GAP)
        self._placed[iri] = moved(self._boxes[iri], x, y)
        for each in self._below.get(iri, ()):
            self._place(each, y)
            y += self._height(each) + _BETWEEN

    def _place_alone(self, roots: Sequence[str], y: int) -> int:
        """Puts each where its column ends the highest; gives the y below all of them."""
        columns = [y] * _ALONE
        for iri in sorted(roots):
            column = columns.index(min(columns))
            x = _EDGE + column * (_WIDTH + _GAP // 2)
            self._placed[iri] = moved(self._boxes[iri], x, columns[column])
            columns[column] += self._boxes[iri].height + _BETWEEN
        return max(columns) - _BETWEEN + _APART if roots else y

    def _lines(self) -> Iterator[Line]:
        for iri, above in self._above.items():
            for each, inferred in above.items():
                if each in self._far:
                    continue
                start, end = self._placed[iri], self._placed[each]
                style = "is-a inferred" if inferred else "is-a"
                ends = (start.x, start.middle), (end.right, end.middle)
                yield line(*ends, style, turn=start.x - _GAP // 2)

    def _box(self, iri: str) -> Box:
        room = _WIDTH - 2 * PADDING
        rows = [Row(wrapped(self._name(iri), room, SIZE), iri, "name")]
        if iri not in self._own:
            return box(rows, _WIDTH, "outer")
        for far in sorted(self._far.intersection(self._above[iri])):
            said = f"↑ {self._name(far)}"
            rows.append(Row(wrapped(said, room, SMALL), far, "tie"))
        ties = self._ties.get(iri, ())
        for tie in ties[:_MOST_ROWS]:
            said = f"{self._name(tie.property)} → {self._name(tie.values)}"
            rows.append(Row(wrapped(said, room, SMALL), tie.property, "tie"))
        if len(ties) > _MOST_ROWS:
            rows.append(Row(["…"], iri, "tie"))
        return box(rows, _WIDTH, "")

    def _name(self, iri: str) -> str:
        return name_in(iri, self._language, self._labels)
