"""How many triples a graph of an engine holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from mieco.engine.far import Far
from mieco.engine.substitution import substituted

_SIZE: Final = (Path(__file__).parent / "size.rq").read_text(encoding="utf-8")


def size_of(graph: NamedNode, far: Far, *, seconds: float) -> int:
    """The number of its triples.  Raises as :meth:`mieco.engine.far.Far.found`."""
    (row,) = far.rows(substituted(_SIZE, {"graph": graph}), seconds=seconds)
    count = row["triples"]
    return int(count.value) if isinstance(count, Literal) else 0
