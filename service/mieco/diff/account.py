"""A difference told to people: counts by graph, and the things that changed, with their names."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Store, Triple, parse

from mieco.diff.compare import Difference, GraphDifference
from mieco.diff.lines import Graph, Tell
from mieco.errors import Text
from mieco.stores import Term, name_of
from mieco.terms import CATALOGUE_GRAPH, INFERRED_GRAPH, UNNAMED_GRAPH

# So many statements of each graph are told each way, and of all graphs together; and so much
# of a text.
_MOST_OF_GRAPH = 200
_MOST = 2000
_LONGEST = 500

Told = dict[str, Any]


class _Enough(Exception):
    """Nothing more is to be told."""


def is_asserted(graph: Graph) -> bool:
    """Whether what a graph holds was put there, and not made in publishing."""
    return graph not in (NamedNode(INFERRED_GRAPH), NamedNode(CATALOGUE_GRAPH))


def in_order(difference: Difference) -> list[GraphDifference]:
    """The graphs that differ: what was put there first, then what was made from it."""
    return sorted(difference.graphs, key=lambda each: (not is_asserted(each.graph), name(each)))


def name(one: GraphDifference) -> str:
    """The name of a graph; of the unnamed one that which queries know it by."""
    return UNNAMED_GRAPH if isinstance(one.graph, DefaultGraph) else one.graph.value


def tell_counts(difference: Difference) -> list[Told]:
    """How much each graph gained and lost."""
    return [
        {
            "graph": name(each),
            "asserted": is_asserted(each.graph),
            "added": each.added,
            "removed": each.removed,
        }
        for each in in_order(difference)
    ]


def tell_things(difference: Difference, before: Store, after: Store) -> list[Told]:
    """The same, with the first things that changed in each graph and what is said of them.

    ``complete`` tells whether these are all.
    """
    left = _MOST
    told = []
    for each, counts in zip(in_order(difference), tell_counts(difference), strict=True):
        most = min(left, _MOST_OF_GRAPH)
        removed, added = _first(each.each_removed, most), _first(each.each_added, most)
        left = max(0, left - len(removed) - len(added))
        things = _things(removed, added, _names(after, before))
        complete = (len(removed), len(added)) == (each.removed, each.added)
        told.append({**counts, "complete": complete, "things": things})
    return told


def _first(each: Callable[[Tell], None], most: int) -> list[Triple]:
    lines: list[bytes] = []

    def take(line: bytes) -> None:
        if len(lines) == most:
            raise _Enough
        lines.append(line)

    with contextlib.suppress(_Enough):
        each(take)
    quads = parse(b"\n".join(lines), format=RdfFormat.N_TRIPLES)
    return [quad.triple for quad in quads]


def _names(*stores: Store) -> Callable[[Term], Text]:
    """The name of a term in the first store that has one."""
    known: dict[Term, Text] = {}

    def named(term: Term) -> Text:
        if term not in known:
            found = [name_of(store, term) for store in stores]
            plain = name_of(Store(), term)
            known[term] = next((text for text in found if text != plain), plain)
        return known[term]

    return named


def _things(
    removed: Iterable[Triple], added: Iterable[Triple], named: Callable[[Term], Text]
) -> list[Told]:
    """The statements by what they are about, in the order of names."""
    about: dict[Term, dict[str, list[Told]]] = defaultdict(lambda: {"removed": [], "added": []})
    for way, triples in (("removed", removed), ("added", added)):
        for triple in triples:
            statement = {
                "property": _term(triple.predicate, named),
                "value": _term(triple.object, named),
            }
            about[triple.subject][way].append(statement)
    things = [
        {**_term(subject, named), **{way: sorted(said, key=_sorting) for way, said in ways.items()}}
        for subject, ways in about.items()
    ]
    return sorted(things, key=lambda thing: (thing["type"] == "bnode", thing["label"]["zh"]))


def _sorting(statement: Told) -> tuple[str, str]:
    return statement["property"]["value"], statement["value"]["value"]


def _term(term: Term, named: Callable[[Term], Text]) -> Told:
    """A term as in SPARQL 1.1 Query Results JSON §3.2.2, with its name where it is a thing."""
    match term:
        case NamedNode():
            label = named(term)
            return {
                "type": "uri",
                "value": term.value,
                "label": {"zh": _cut(label.zh), "en": _cut(label.en)},
            }
        case BlankNode():
            return {"type": "bnode", "value": term.value, "label": {"zh": "_:", "en": "_:"}}
        case Literal():
            plain = {"type": "literal", "value": _cut(term.value)}
            if term.language:
                return {**plain, "xml:lang": term.language}
            return {**plain, "datatype": term.datatype.value}
    return {"type": "triple", "value": _cut(str(term)), "label": {"zh": "", "en": ""}}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
