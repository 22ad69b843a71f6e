"""A release that another engine holds: does it still, and how a request names its graphs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from mieco.engine.base import Entailment, Query
from mieco.engine.dataset import Dataset, dataset_of_query, refuse_both
from mieco.engine.far import Far
from mieco.engine.pointer import Pointer
from mieco.engine.tokens import has_word
from mieco.errors import EngineBehind, MiecoError, Text
from mieco.releases import Release
from mieco.terms import GRAPH, INFERRED_GRAPH, SHAPES_GRAPH

# Nobody writes in it: as default graph of a query it is the empty one.
_NOTHING: Final = GRAPH + "nothing"
# So often it is looked whether the engine still holds the release.
_LOOK_SECONDS = 5.0
_LOOK_AT_MOST = 2.0
_NONE = Text("没有", "none")

Form = list[tuple[str, str]]


class Holding:
    """One release at one engine.  Thread-safe."""

    def __init__(
        self, far: Far, release: Release, follow: Callable[[], object] = lambda: None
    ) -> None:
        """``follow`` is called where the engine holds another release than this by now.

        Raises EngineBehind where it does so from the beginning, and as :meth:`Far.found`.
        """
        self._follow = follow
        # What is to be told while it does.
        self.behind: EngineBehind | None = None
        self._far = far
        self._manifest = release.manifest
        self._graphs = list(release.manifest.graphs)
        self._looking = threading.Lock()
        self._looked = time.monotonic()
        self._misses = 0
        pointer = far.pointer()
        self._check(pointer)
        self._merged = pointer.graph.value if pointer and pointer.graph else None

    def look(self) -> None:
        """Looks now and then whether the engine still holds the release.

        Raises EngineBehind where it has not for a while, until it has again; a switch takes a
        moment.
        """
        due = time.monotonic() - self._looked >= _LOOK_SECONDS
        if (due or self._misses) and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        if self._misses > 1 and self.behind:
            raise self.behind

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            self._check(self._far.pointer(seconds=_LOOK_AT_MOST))
        except EngineBehind as error:
            self._misses += 1
            self.behind = error.with_traceback(None)
            if self._misses > 1:
                self._follow()
        except MiecoError:
            return  # the query itself will tell
        else:
            self._misses, self.behind = 0, None

    def _check(self, pointer: Pointer | None) -> None:
        here = self._manifest
        # Another one of this number was made at another time.
        known = (None, here.number), ("", here.created)
        if pointer and pointer.release in known[0] and pointer.created in known[1]:
            return
        raise EngineBehind(
            engine=self._far.product.name,
            there=_NONE if pointer is None else f"{pointer.release} ({pointer.created})",
            here=f"{here.number} ({here.created})",
        )

    def dataset(self, query: Query) -> tuple[Form, Entailment]:
        """The graphs that the request names, and which facts these hold."""
        named = _named(query)
        if named is not None:
            refuse_both(query.entailment)
            facts = _facts_in([*named.default_graphs, *named.named_graphs])
            if self._merged is None:
                default = named.default_graphs or [_NOTHING]
                return _form(default, named.named_graphs), facts
            # Others may have graphs there that are no part of the release.  Where no named graph is
            # named, Virtuoso 7.2 takes all for such.  What a request says takes the place of what
            # its text says (SPARQL 1.1 Protocol §2.1.4).
            return _form(self._ours(named.default_graphs), self._ours(named.named_graphs)), facts
        asked = query.entailment or "both"
        # Who does not ask for graphs need not be told of them, which costs some engines dear.
        graphs = self._graphs if has_word(query.text, "GRAPH") else []
        if self._merged is None:
            its: Form = (
                [("entailment", asked)] if self._far.product.ours and query.entailment else []
            )
            return its, asked
        if asked == "inferred":
            return _form([INFERRED_GRAPH], [g for g in graphs if g == INFERRED_GRAPH]), asked
        if asked == "asserted":
            default = [g for g in self._graphs if g not in (INFERRED_GRAPH, SHAPES_GRAPH)]
            return _form(default, [g for g in graphs if g != INFERRED_GRAPH]), asked
        strict = query.foreign and self._far.settings.default_graph == "strict"
        return _form([_NOTHING if strict else self._merged], graphs), asked

    def _ours(self, graphs: Sequence[str]) -> Sequence[str]:
        """Those graphs that the release has, or one that holds nothing."""
        return [graph for graph in graphs if graph in self._graphs] or [_NOTHING]


def _named(query: Query) -> Dataset | None:
    """The dataset that the request names, else the text."""
    if query.default_graphs is None and query.named_graphs is None:
        return dataset_of_query(query.text, query.base)
    return Dataset(list(query.default_graphs or ()), list(query.named_graphs or ()))


def _form(default: Sequence[str], named: Sequence[str]) -> Form:
    """The dataset as the protocol names it (SPARQL 1.1 Protocol §2.1.4)."""
    return [
        *(("default-graph-uri", graph) for graph in default),
        *(("named-graph-uri", graph) for graph in named),
    ]


def _facts_in(graphs: Sequence[str]) -> Entailment:
    if INFERRED_GRAPH not in graphs:
        return "asserted"
    return "inferred" if {*graphs} == {INFERRED_GRAPH} else "both"
