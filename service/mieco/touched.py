"""What a change to a store touches, so that only that is looked at afterwards.

The engine does not tell what an update added and removed.  Here the triples that it *may* add
or remove are found beforehand, and where each of them stood; what stands where afterwards is
the difference.  A change of which that is not known, or that touches too much, is just made:
then everything is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, Store, Triple

from mieco.delta import Delta
from mieco.engine.dataset import Dataset
from mieco.engine.tokens import Operation, Token, has_word, resolve, tokens

# Beyond so many triples it is quicker to read everything again.
_MOST = 50_000
# A longer text is not taken apart.
_LONGEST = 1 << 20
# With these a pattern need not match the same twice.
_CHANGEABLE = (
    *("RAND", "UUID", "STRUUID", "BNODE", "NOW", "SAMPLE", "GROUP_CONCAT", "LIMIT", "OFFSET"),
)
# With these in a template it makes blank nodes of its own: written, nested, lists, and the
# reifiers of RDF 1.2.
_FRESH = ("_:", "[", "(", "<<", "{|", "~")

_Graph = NamedNode | BlankNode | DefaultGraph


class Touched:
    """Notes what a change to a store may touch, before it is made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before: dict[Triple, frozenset[Quad]] = {}
        self._known = True

    def give_up(self) -> None:
        """Anything may change from now on."""
        self._known = False
        self._before.clear()

    def triples(self, triples: Iterable[Triple]) -> None:
        """These may be added or removed, in any graph."""
        for triple in triples:
            if not self._known:
                return
            if triple not in self._before:
                self._before[triple] = self._standing(triple)
                if len(self._before) > _MOST:
                    self.give_up()

    def graph(self, graph: NamedNode | DefaultGraph) -> None:
        """All that stands in a graph now may be removed."""
        quads = self._store.quads_for_pattern(None, None, None, graph)
        self.triples(quad.triple for quad in quads)

    def operation(self, operation: Operation, base: str | None, dataset: Dataset | None) -> None:
        """What an operation of an update may add or remove.

        ``dataset`` are the graphs that its request or its USING names.
        """
        if not self._known:
            return
        try:
            self.triples(_candidates(operation, base, dataset, self._store))
        except (_Unknown, SyntaxError, ValueError, OSError, RuntimeError):
            # Whatever is wrong with the operation, the engine says so when it is made.
            self.give_up()

    def delta(self) -> Delta | None:
        """The change, once it is made; ``None`` if it is not known."""
        if not self._known:
            return None
        before = frozenset().union(*self._before.values())
        after = frozenset().union(*map(self._standing, self._before))
        return Delta(after - before, before - after)

    def _standing(self, triple: Triple) -> frozenset[Quad]:
        s, p, o = triple.subject, triple.predicate, triple.object
        return frozenset(self._store.quads_for_pattern(s, p, o, None))


def is_short(text: str) -> bool:
    """Is an update short enough to be taken apart?"""
    return len(text) <= _LONGEST


class _Unknown(Exception):
    """What an operation may touch cannot be said."""


def _candidates(
    operation: Operation, base: str | None, dataset: Dataset | None, store: Store
) -> Iterable[Triple]:
    """The triples that an operation may add or remove.  Raises _Unknown."""
    words = [token.text for token in operation.words if token.kind == "word"]
    blocks = [token for token in operation.words if token.text == "{"]
    match words:
        case ["CREATE", *_]:
            return ()
        case ["INSERT" | "DELETE", "DATA"]:
            return _stated(operation, base)
        case ["DELETE", "WHERE"]:
            where = _inside(operation, blocks[0])
            text = _construct(operation, _parts(where), where)
        case [*_, "WHERE"] if len(blocks) > 1:
            parts = [part for b in blocks[:-1] for part in _parts(_inside(operation, b))]
            # A blank node of a template is another one each time that it is filled.
            if "INSERT" in words and any(sign in p for p in parts for sign in _FRESH):
                raise _Unknown
            text = _construct(operation, parts, _inside(operation, blocks[-1]))
        case _:
            raise _Unknown
    default, named = _graphs(operation, base, dataset)
    found = store.query(text, base_iri=base, default_graph=default, named_graphs=named)
    if not isinstance(found, QueryTriples):
        raise _Unknown
    return islice(found, _MOST + 1)


def _inside(operation: Operation, block: Token) -> str:
    """What stands between the braces of a block."""
    return operation.text[block.start + 1 : block.end - 1]


def _stated(operation: Operation, base: str | None) -> Iterable[Triple]:
    """The triples of INSERT DATA or DELETE DATA."""
    first = operation.words[0]
    scratch = Store()
    # DELETE and INSERT are of the same length, and the same may stand after either.
    text = f"{operation.text[: first.start]}INSERT{operation.text[first.end :]}"
    scratch.update(text, base_iri=base)
    if any("_:" in str(quad) for quad in scratch):
        raise _Unknown  # blank nodes are other ones each time
    return (quad.triple for quad in scratch)


def _construct(operation: Operation, parts: Sequence[str], where: str) -> str:
    """A query for the triples of templates, filled with all that the WHERE part matches."""
    if has_word(where, *_CHANGEABLE):
        raise _Unknown
    template = "\n.\n".join(parts)
    return f"{operation.prologue}\nCONSTRUCT {{ {template}\n}} WHERE {{ {where}\n}}"


def _graphs(
    operation: Operation, base: str | None, dataset: Dataset | None
) -> tuple[list[_Graph] | None, list[NamedNode | BlankNode] | None]:
    """The default and the named graphs that a WHERE part sees (Update §3.1.3)."""
    if dataset:
        default: list[_Graph] = [NamedNode(graph) for graph in dataset.default_graphs]
        return default, [NamedNode(graph) for graph in dataset.named_graphs]
    words = operation.words
    if (words[0].kind, words[0].text) == ("word", "WITH"):
        iri = resolve(words[1].text, operation.prologue, base)
        return ([NamedNode(iri)] if iri else None), None
    return None, None


def _parts(template: str) -> list[str]:
    """The triples of a template without the graphs that they stand in, each run by itself."""
    found, start, depth, inner = [], 0, 0, False
    for token in tokens(template):
        if token.kind == "word" and token.text == "GRAPH" and depth == 0:
            found.append(template[start : token.start])
            inner = True
        elif token.text == "{" and inner and depth == 0:
            start = token.end
        elif token.text == "}" and inner and depth == 1:
            found.append(template[start : token.start])
            start, inner = token.end, False
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
    found.append(template[start:])
    stripped = (part.strip().strip(".").strip() for part in found)
    return [part for part in stripped if part]
