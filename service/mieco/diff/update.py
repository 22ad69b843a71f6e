"""A difference as a SPARQL Update that makes the one dataset the other.

DELETE DATA cannot name a blank node (SPARQL 1.1 Update §3.1.2), so a component with blank
nodes is found by what it says: by a pattern that fits it alone and whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import IO

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from mieco.diff.blank_nodes import Component, nodes_of, with_nodes
from mieco.diff.compare import Difference, as_line
from mieco.diff.lines import Graph, Tell

# So many statements to an operation: what reads it need not hold more at once.
_BATCH = 1000
_ANY = BlankNode("any")


def write_update(difference: Difference, out: IO[bytes]) -> None:
    """Removes what is gone, then adds what is new.

    Graphs that are a blank node cannot be named; what they hold is left out.
    """
    created = [each.graph for each in difference.graphs if not each.existed]
    dropped = [each.graph for each in difference.graphs if not each.exists]
    _write_all(out, "CREATE SILENT GRAPH", created)
    for component in filter(_nameable, difference.blank.removed):
        out.write(_removal(component).encode())
    for graph in difference.graphs:
        with _Operations(out, "DELETE DATA", graph.graph) as tell:
            graph.each_ground(graph.before, graph.lost, tell)
    for graph in difference.graphs:
        with _Operations(out, "INSERT DATA", graph.graph) as tell:
            graph.each_ground(graph.after, graph.gained, tell)
    for component in filter(_nameable, difference.blank.added):
        out.write(f"INSERT DATA {{\n{_quads(component)}}} ;\n".encode())
    _write_all(out, "DROP SILENT GRAPH", dropped)


def _write_all(out: IO[bytes], operation: str, graphs: Iterable[Graph]) -> None:
    for graph in graphs:
        if isinstance(graph, NamedNode):
            out.write(f"{operation} {graph} ;\n".encode())


class _Operations:
    """Writes lines of N-Triples as operations on data of a graph, in batches."""

    def __init__(self, out: IO[bytes], operation: str, graph: Graph) -> None:
        self._out = out
        self._operation = operation
        self._graph = graph
        self._batch: list[bytes] = []

    def __enter__(self) -> Tell:
        return self._add

    def _add(self, line: bytes) -> None:
        self._batch.append(line)
        if len(self._batch) == _BATCH:
            self._write()

    def __exit__(self, *_: object) -> None:
        if self._batch:
            self._write()

    def _write(self) -> None:
        # No graph that is a blank node comes here: each of its statements has that one in it.
        named = isinstance(self._graph, NamedNode)
        start, end = (f"GRAPH {self._graph} {{", "}") if named else ("", "")
        self._out.write(f"{self._operation} {{ {start}\n".encode())
        self._out.write(b"\n".join(self._batch))
        self._out.write(f"\n{end}}} ;\n".encode())
        self._batch.clear()


def _nameable(component: Component) -> bool:
    return not any(isinstance(quad.graph_name, BlankNode) for quad in component.quads)


def _removal(component: Component) -> str:
    """The operation that removes one component of that form."""
    nodes = sorted(component.nodes, key=lambda node: node.value)
    names = {node: f"?b{number}" for number, node in enumerate(nodes)}
    pattern = _pattern(component, names)
    filters = [f"FILTER(isBlank({name}))" for name in names.values()]
    # Nodes of which the same is said could both be found in one.
    alike = _alike(component, nodes)
    filters += [
        f"FILTER(!sameTerm({names[a]}, {names[b]}))"
        for group in alike
        for a, b in combinations(group, 2)
    ]
    filters += _nothing_else(component, names)
    inner = "\n".join([pattern, *filters])
    wanted = " ".join(names.values())
    return f"DELETE {{\n{pattern}}}\nWHERE {{ SELECT {wanted} WHERE {{\n{inner}\n}} LIMIT 1 }} ;\n"


def _nothing_else(component: Component, names: dict[BlankNode, str]) -> Iterator[str]:
    """Filters against blank nodes of which more is said than the component says."""
    said: defaultdict[tuple[BlankNode, str], list[Quad]] = defaultdict(list)
    for quad in component.quads:
        if isinstance(quad.subject, BlankNode):
            said[quad.subject, "subject"].append(quad)
        if isinstance(quad.object, BlankNode):
            said[quad.object, "object"].append(quad)
    for node, name in names.items():
        for role, triple in (("subject", f"{name} ?p ?o"), ("object", f"?o ?p {name}")):
            known = said[node, role]
            for where, quads in (
                (f"GRAPH ?g {{ {triple} }}", [q for q in known if _named(q)]),
                (triple, [q for q in known if not _named(q)]),
            ):
                allowed = " || ".join(sorted(_is(quad, role, names) for quad in quads)) or "false"
                yield f"FILTER NOT EXISTS {{ {where} FILTER(!({allowed})) }}"


def _is(quad: Quad, role: str, names: dict[BlankNode, str]) -> str:
    """The condition that ?g, ?p and ?o are those of a quad."""
    other = quad.object if role == "subject" else quad.subject
    conditions = [f"sameTerm(?p, {quad.predicate})", f"sameTerm(?o, {_term(other, names)})"]
    if _named(quad):
        conditions.append(f"sameTerm(?g, {quad.graph_name})")
    return f"({' && '.join(conditions)})"


def _named(quad: Quad) -> bool:
    return not isinstance(quad.graph_name, DefaultGraph)


def _alike(component: Component, nodes: list[BlankNode]) -> list[list[BlankNode]]:
    """Groups of blank nodes that cannot be told apart by what is said of each."""
    groups: defaultdict[object, list[BlankNode]] = defaultdict(list)
    said: defaultdict[BlankNode, Counter[Quad]] = defaultdict(Counter)
    for quad in component.quads:
        for node in nodes_of(quad):
            said[node][with_nodes(quad, lambda _: _ANY)] += 1
    for node in nodes:
        groups[frozenset(said[node])].append(node)
    return [group for group in groups.values() if len(group) > 1]


def _quads(component: Component) -> str:
    """Its statements as they stand between the braces of INSERT DATA."""
    by_graph: defaultdict[Graph, list[str]] = defaultdict(list)
    for quad in component.quads:
        by_graph[quad.graph_name].append(as_line(quad).decode())
    return "".join(_in_graph(graph, sorted(lines)) for graph, lines in by_graph.items())


def _pattern(component: Component, names: dict[BlankNode, str]) -> str:
    """Its statements with variables for blank nodes."""
    by_graph: defaultdict[Graph, list[str]] = defaultdict(list)
    for quad in component.quads:
        triple = (_term(term, names) for term in (quad.subject, quad.predicate, quad.object))
        by_graph[quad.graph_name].append(f"{' '.join(triple)} .")
    return "".join(_in_graph(graph, sorted(lines)) for graph, lines in by_graph.items())


def _in_graph(graph: Graph, lines: list[str]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return text if isinstance(graph, DefaultGraph) else f"GRAPH {graph} {{\n{text}}}\n"


def _term(term: object, names: dict[BlankNode, str]) -> str:
    if isinstance(term, BlankNode):
        return names[term]
    if isinstance(term, Triple):
        parts = (_term(part, names) for part in (term.subject, term.predicate, term.object))
        return f"<<( {' '.join(parts)} )>>"
    return str(term)
