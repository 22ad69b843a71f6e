"""All data of a release against the shapes, as a file that is made once of each."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from pyoxigraph import NamedNode, Store

from mieco import content
from mieco.check.portions import validated
from mieco.check.validator import Result, Rules
from mieco.intake.triple_file import TripleFile
from mieco.neighbourhood import INVERSE, Facts
from mieco.publish.validation import NOT_DATA
from mieco.releases import Releases
from mieco.terms import DATA_GRAPHS

# In a larger release so many things are examined: all of them would take hours.
_MOST_THINGS = 20_000
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ShapesFile:
    """What the shapes find in a release, as JSON.

    ``examined`` of ``things`` were; ``counts`` tells how many findings there are of each severity,
    and ``first`` the first of them: ``severity``, ``shape``, ``thing``, ``zh`` and ``en``.
    """

    release: int

    @property
    def place(self) -> str:
        """Where it is kept among the files that were made."""
        return f"{self.release}/shapes.json"

    def write(self, releases: Releases, out: IO[bytes]) -> None:
        """Makes the file.  Raises NotFound where the release is not there."""
        store = Store.read_only(str(releases.open(self.release).store))
        things = sorted(
            {
                quad.subject.value
                for graph in store.named_graphs()
                if isinstance(graph, NamedNode) and graph.value.startswith(DATA_GRAPHS)
                for quad in store.quads_for_pattern(None, None, None, graph)
                if isinstance(quad.subject, NamedNode)
            }
        )
        some = things[:_MOST_THINGS]
        counts: Counter[str] = Counter()
        first: list[dict[str, str]] = []
        rules = Rules(content.shape_files(), content.ontology_files().loaded)
        with closing(TripleFile(Path(os.devnull), INVERSE)) as nothing:
            facts = Facts(nothing, [store], NOT_DATA)
            for each in chain.from_iterable(r for r, _ in validated(some, facts.describe, rules)):
                counts[each.severity] += 1
                if len(first) < _MOST_TOLD:
                    first.append(_told(each))
        told = {"things": len(things), "examined": len(some), "counts": counts, "first": first}
        out.write(json.dumps(told, ensure_ascii=False).encode())


def _told(result: Result) -> dict[str, str]:
    return {
        "severity": result.severity,
        "shape": result.shape,
        "thing": result.focus,
        "zh": result.message.zh,
        "en": result.message.en,
    }
