"""A path along a property whose closure was inferred takes one step.

    { ?place :partOf+ :province }  →  { ?place :partOf :province }
    { ?place :partOf* :province }  →  { ?place :partOf? :province }

*Proof.*  Let P be the pairs of a property p in the default graph, and let P be transitive, as
inference has made it (:attr:`Sizes.closed`).  ``p+`` gives each pair of the transitive closure of P
once (SPARQL 1.1 §18.4, OneOrMorePath), which is P; and ``p`` gives each pair of P once, since a
graph is a set.  ``p*`` gives those, each node with itself, and each term that the pattern names
with itself, all once (ZeroOrMorePath); and ``p?`` does as well (ZeroOrOnePath).  It matters not in
which path these stand, inverse ones among them.  What GRAPH and SERVICE ask is left alone, since it
is not the default graph.  ∎
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from mieco.engine.rewriting.scope import ELSEWHERE
from mieco.engine.rewriting.sizes import Sizes, iri_of
from mieco.engine.rewriting.tree import Edit, text_of

# Not nothing: what follows could become a part of the name.
_ONE_STEP = {b"+": b" ", b"*": b"?"}


def one_step(root: Node, names: Mapping[bytes, str], sizes: Sizes) -> Iterator[Edit]:
    """The edits that shorten paths along properties that are closed."""
    waiting = [root] if sizes.closed else []
    while waiting:
        node = waiting.pop()
        if node.type == "path_mod" and (new := _ONE_STEP.get(text_of(node))) is not None:
            step = node.prev_sibling
            if step is not None and iri_of(step, names) in sizes.closed:
                yield Edit(node.start_byte, node.end_byte, new)
        waiting.extend(each for each in node.children if each.type not in ELSEWHERE)
