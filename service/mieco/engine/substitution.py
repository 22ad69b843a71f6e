"""Terms in the place of variables, written into the text of a query.

    SELECT ?this (COUNT(*) AS ?n) { ?x :p ?this FILTER BOUND(?this) } GROUP BY ?this
      →   SELECT ?this (COUNT(*) AS ?n) { VALUES ?this { :a } ?x :p :a FILTER true } GROUP BY ?this

The engine of mieco takes such terms beside a text (RDF-dev SEP-0007); the SPARQL 1.1 Protocol does
not, so that for other engines they must stand in it.  Where the grammar wants a variable it stays
one, and the group of the SELECT that names it begins with its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from pyoxigraph import Variable
from tree_sitter import Node

from mieco.engine.rewriting.tree import GROUP, Edit, child, edited, of_type, parse, text_of
from mieco.errors import QuerySyntaxError
from mieco.stores import Term

_SELECTS = ("select_query", "sub_select")
_BOUND = "BOUND"


def substituted(text: str, terms: Mapping[str, Term]) -> str:
    """The query with terms in the place of variables.

    Raises QuerySyntaxError for a text that the grammar does not know.
    """
    if not terms:
        return text
    written = text.encode(errors="surrogatepass")
    root = parse(written)
    if root is None:
        raise QuerySyntaxError(reason="", line=0, column=0, todo="")
    values = {name.encode(): str(term).encode() for name, term in terms.items()}
    return edited(written, _edits(root, values)).decode(errors="surrogatepass")


def values_clause(values: Mapping[str, Sequence[Term]]) -> str:
    """The terms that variables may have, as the end of a query (SPARQL 1.1 §10.2.1)."""
    if not values:
        return ""
    heads = " ".join(str(Variable(name)) for name in values)
    rows = (f"({' '.join(map(str, row))})" for row in product(*values.values()))
    return f"\nVALUES ({heads}) {{ {' '.join(rows)} }}"


def _edits(root: Node, values: Mapping[bytes, bytes]) -> Iterator[Edit]:
    told: dict[int, set[bytes]] = {}
    for var in of_type(root, "var"):
        name = text_of(var)[1:]
        if name not in values:
            continue
        for around in _around_minus(var):
            told.setdefault(around.start_byte + 1, set()).add(name)
        if call := _bound_call(var):
            yield Edit(call.start_byte, call.end_byte, b"true")
        elif var.parent is not None and var.parent.type == "bind" and _must_stay(var):
            yield from _as_filter(var.parent, values[name])
        elif not _must_stay(var):
            # Apart from what stands before: "<" and an IRI would begin another token.
            yield Edit(var.start_byte, var.end_byte, b" %b " % values[name])
        elif (group := _group_of(var)) is not None:
            told.setdefault(group.start_byte + 1, set()).add(name)
    for place, names in told.items():
        rows = b"".join(b" VALUES ?%b { %b }" % (name, values[name]) for name in sorted(names))
        yield Edit(place, place, rows)


def _must_stay(var: Node) -> bool:
    """Whether only a variable may stand here: what is selected, bound, grouped or ordered by."""
    above = var.parent
    if above is None:
        return True
    place = above.children.index(var)
    return above.field_name_for_child(place) == "bound_variable" or above.type == "order_condition"


def _around_minus(var: Node) -> Iterator[Node]:
    """The groups of a MINUS in which a variable stands, and that around it.

    MINUS takes away nothing where it shares no variable with what is before it (SPARQL 1.1 §8.3.1),
    so that the two go on sharing this one.
    """
    above = var.parent
    while above is not None and above.type not in _SELECTS:
        if above.type == "minus_graph_pattern":
            inner = child(above, GROUP)
            if inner is not None and above.parent is not None and above.parent.type == GROUP:
                yield inner
                yield above.parent
        above = above.parent


def _as_filter(bind: Node, value: bytes) -> Iterator[Edit]:
    """BIND to what is bound: the two must be the same, unless there is nothing to bind.

    BIND (?x AS ?this)   →   FILTER (COALESCE(sameTerm(?x, :a), true))
    """
    keyword, opened, word, var = (bind.children[place] for place in (0, 1, -3, -2))
    yield Edit(keyword.start_byte, keyword.end_byte, b"FILTER")
    yield Edit(opened.end_byte, opened.end_byte, b"COALESCE(sameTerm(")
    yield Edit(word.start_byte, var.end_byte, b", %b), true)" % value)


def _bound_call(var: Node) -> Node | None:
    """The call of BOUND of which a variable is the argument."""
    within = var.parent
    while within is not None and within.type == "bracketted_expression":
        within = within.parent
    if within is None or within.type != "build_in_function":
        return None
    return within if text_of(within.children[0]).upper() == _BOUND.encode() else None


def _group_of(var: Node) -> Node | None:
    """The group in whose VALUES a variable stands, or that of the SELECT whose head names it."""
    above = var.parent
    while above is not None and above.type not in (GROUP, *_SELECTS):
        above = above.parent
    if above is None or above.type == GROUP:
        return above
    where = child(above, "where_clause")
    return child(where, GROUP) if where else None
