"""Terms, rows of terms, and a store of this process asked directly."""

from __future__ import annotations

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store, Triple

from mieco.errors import Text
from mieco.present.names import compact
from mieco.terms import RDF_TYPE, RDFS_LABEL

Term = NamedNode | BlankNode | Literal | Triple
# The terms of one solution by the names of their variables; an unbound one is absent.
Row = dict[str, Term]


# RDF's own vocabulary has no Chinese label.
_TYPE = Text("类型", "type")


def is_iri(text: str) -> bool:
    """Whether a text can be the IRI of a thing."""
    try:
        return bool(NamedNode(text))
    except ValueError:
        return False


def rows(store: Store, text: str) -> list[Row]:
    """The rows of a SELECT query over all graphs at once.

    A triple that stands in two graphs is matched twice.
    """
    return as_rows(store.query(text, use_default_graph_as_union=True))


def as_rows(results: object) -> list[Row]:
    """The rows of the results of a SELECT query.  Raises TypeError for those of another."""
    if not isinstance(results, QuerySolutions):
        raise TypeError("only a SELECT query has rows")
    names = [variable.value for variable in results.variables]
    return [
        {name: term for name in names if (term := solution[name]) is not None}
        for solution in results
    ]


def name_of(store: Store, term: Term) -> Text:
    """A term by its labels, else as it is written."""
    if not isinstance(term, NamedNode):
        shown = term.value if isinstance(term, Literal) else str(term)
        return Text(shown, shown)
    if term.value == RDF_TYPE:
        return _TYPE
    quads = store.quads_for_pattern(term, NamedNode(RDFS_LABEL), None, None)
    labels = {q.object.language: q.object.value for q in quads if isinstance(q.object, Literal)}
    plain = next(iter(labels.values()), compact(term.value))
    return Text(labels.get("zh", plain), labels.get("en", plain))
