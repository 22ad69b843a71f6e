"""A store of this process asked directly: rows, and names for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store, Triple

from mieco.errors import Text
from mieco.present.names import compact
from mieco.terms import RDFS_LABEL

Term = NamedNode | BlankNode | Literal | Triple


def rows(store: Store, text: str) -> Sequence[Mapping[str, Term]]:
    """The rows of a SELECT query over all graphs at once; an unbound variable is absent.

    A triple that stands in two graphs is matched twice.
    """
    solutions = store.query(text, use_default_graph_as_union=True)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError("only a SELECT query has rows")
    names = [variable.value for variable in solutions.variables]
    return [
        {name: term for name in names if (term := solution[name]) is not None}
        for solution in solutions
    ]


def name_of(store: Store, term: Term) -> Text:
    """A term by its labels, else as it is written."""
    if not isinstance(term, NamedNode):
        shown = term.value if isinstance(term, Literal) else str(term)
        return Text(shown, shown)
    quads = store.quads_for_pattern(term, NamedNode(RDFS_LABEL), None, None)
    labels = {q.object.language: q.object.value for q in quads if isinstance(q.object, Literal)}
    plain = next(iter(labels.values()), compact(term.value))
    return Text(labels.get("zh", plain), labels.get("en", plain))
