"""``search:matches``: things found by their names inside of a query.

    PREFIX search: <https://w3id.org/mieco/search#>
    SELECT * { (?thing ?score ?name) search:matches ("深圳 职业" 20) . ?thing a ?class }

It is no property of the data.  The triple asks the index of names of the release, before the query
is evaluated, and becomes a sub-select of what that finds:

    { SELECT DISTINCT ?thing ?score ?name {
        VALUES (?thing ?score ?name) { … } ?thing rdfs:label|skos:prefLabel|… [] } }

The rows are those of ``/search``, in its order by the score; the pattern leaves those things of
which the graph that is asked there has a name, so that no dataset shows what is not in it.  Within
``GRAPH ?g`` that variable is bound to the graphs that have one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode
from tree_sitter import Node

from mieco.engine.rewriting.labels import literal_of
from mieco.engine.rewriting.tree import Edit, edited, of_type, parse, text_of
from mieco.engine.tokens import Token, declarations, resolve, tokens
from mieco.errors import SearchMisused, Text
from mieco.terms import BASE, NAMING

MATCHES: Final = BASE + "search#matches"
# How many things are found where the query does not say, and at most.
_USUAL, MOST = 100, 1000
# Each is a search of its own, in the process that serves everybody.
_MOST_CLAUSES = 8
_MOST_VARIABLES = 3
_SPELT = {
    word.upper(): word
    for word in ("isBLANK", "isIRI", "isLITERAL", "isNUMERIC", "isURI", "sameTerm")
}
_DECLARATIONS = ("prefix_declaration", "base_declaration")
_PATH = "|".join(f"<{naming}>" for naming in NAMING)


class Sought(NamedTuple):
    """What one clause looks for: a text, and how many things at most."""

    text: str
    most: int


class Found(NamedTuple):
    """A thing that was found, how well it matches (up to 1), and by which name."""

    iri: str
    score: float
    name: str
    language: str


# Finds the things that a text matches, the best first, so many at most.
Search = Callable[[str, int], Sequence[tuple[str, float, str, str]]]


@dataclass(frozen=True, slots=True)
class _Clause:
    """One triple with the property: where it stands, its variables, and what it looks for."""

    property: Node
    variables: Sequence[bytes]
    sought: Sought


def with_found(
    text: str,
    base: str | None,
    bindings: Mapping[str, Mapping[str, str]],
    ask: Callable[[Sequence[Sought]], Sequence[Sequence[Found]]],
) -> str:
    """The query with what is found in the place of its search clauses.

    ``bindings`` are the terms (as in SPARQL results) that take the place of variables.  Raises
    SearchMisused, also for a text that is not valid, and what ``ask`` raises.
    """
    if not is_used(text, base):
        return text
    written = _spelt(text).encode(errors="surrogatepass")
    root = parse(written)
    if root is None:
        raise _misused(
            "此查询用了这里读不懂的写法（例如字符串中的 \\u）",
            "the query is written in a way that is not understood here (such as \\u in a string)",
        )
    names = _names(text, base)
    clauses = list(_clauses(root, names, bindings))
    found = ask([clause.sought for clause in clauses])
    edits = list(_edits(clauses, found))
    return edited(written, edits).decode(errors="surrogatepass")


def is_used(text: str, base: str | None) -> bool:
    """Does a text, whose relative IRIs are relative to ``base``, name the property?"""
    return bool(_names(text, base))


def _names(text: str, base: str | None) -> set[bytes]:
    """The ways in which a text names the property, which BASE and PREFIX may cut anywhere."""
    if "search#" not in text and "#matches" not in text:
        return set()
    near = {token.text for token in tokens(text) if _may_be_it(token)}
    prologue = declarations(text) if near else ""
    return {each.encode() for each in near if resolve(each, prologue, base) == MATCHES}


def _may_be_it(token: Token) -> bool:
    """Whether an IRI or a prefixed name ends like the property."""
    if token.kind == "iri":
        return token.text.endswith("#matches>")
    return token.kind == "name" and MATCHES.endswith(token.text.partition(":")[2].replace("\\", ""))


def _spelt(text: str) -> str:
    """The text with these words as the grammar here knows them; SPARQL takes them in any case."""
    for token in tokens(text):
        if token.kind == "word" and token.text in _SPELT:
            text = text[: token.start] + _SPELT[token.text] + text[token.end :]
    return text


def _clauses(
    root: Node, names: Collection[bytes], bindings: Mapping[str, Mapping[str, str]]
) -> Iterator[_Clause]:
    places = [
        node
        for node in of_type(root, "prefixed_name", "iri_reference")
        if text_of(node) in names and node.parent and node.parent.type not in _DECLARATIONS
    ]
    if len(places) > _MOST_CLAUSES:
        raise _misused(
            f"一个查询中多于 {_MOST_CLAUSES} 处", f"it stands in more than {_MOST_CLAUSES} places"
        )
    for node in places:
        step = node.parent
        said = step.parent if step and step.type == "path_element" else None
        subject = _subject(said)
        if said is None or subject is None or text_of(said.children[0]) != text_of(node):
            raise _misused(
                "它只能是图模式中以变量为主语的三元组的谓语，不能在路径、模板或方括号中",
                "it can only be the predicate of a triple pattern about a variable, not stand in"
                " a path, a template or square brackets",
            )
        yield _Clause(said, _variables(subject), _sought(said.children[1], bindings))


def _subject(said: Node | None) -> Node | None:
    """The subject of a property with its values, if that is written as a triple pattern."""
    listed = said.parent if said and said.type == "property" else None
    triple = listed.parent if listed and listed.type == "property_list" else None
    block = triple.parent if triple and triple.type == "triples_same_subject" else None
    if triple is None or block is None or block.type != "triples_block":
        return None
    return triple.children[0]


def _variables(subject: Node) -> list[bytes]:
    terms = [subject]
    if subject.type == "collection":
        terms = [child for child in subject.children if child.is_named]
    names = [text_of(term)[1:] for term in terms if term.type == "var"]
    if len(set(names)) != len(terms) or len(names) > _MOST_VARIABLES:
        raise _misused(
            "主语须是变量，或由一至三个不同变量组成的列表：(?事物 ?得分 ?名称)",
            "its subject must be a variable, or a list of one to three different ones:"
            " (?thing ?score ?name)",
        )
    return names


def _sought(values: Node, bindings: Mapping[str, Mapping[str, str]]) -> Sought:
    terms = [child for child in values.children if child.is_named]
    text = _text(terms[0], bindings) if len(terms) == 1 else None
    if len(terms) == 1 and terms[0].type == "collection":
        terms = [child for child in terms[0].children if child.is_named]
        text = _text(terms[0], bindings) if len(terms) in (1, 2) else None
    if text is None:
        raise _misused(
            '宾语须是写明的文字，或文字和数目的列表：("深圳" 20)；变量不行，'
            "因为查询计算之前就要查索引",
            "its object must be a text that is written there, or a list of that and a number:"
            ' ("Shenzhen" 20); no variable, since the index is asked before the query is evaluated',
        )
    most = text_of(terms[1]).decode() if len(terms) > 1 else str(_USUAL)
    if not (most.isdecimal() and 1 <= int(most[:9]) <= MOST):
        raise _misused(
            f"数目须是 1 至 {MOST} 的整数", f"the number must be a whole one from 1 to {MOST}"
        )
    return Sought(text, int(most))


def _text(term: Node, bindings: Mapping[str, Mapping[str, str]]) -> str | None:
    if term.type == "var":
        bound = bindings.get(text_of(term)[1:].decode())
        return bound["value"] if bound and bound["type"] == "literal" else None
    literal = literal_of(term)
    return None if literal is None else literal.value


def _edits(clauses: Sequence[_Clause], found: Sequence[Sequence[Found]]) -> Iterator[Edit]:
    """The clauses go out of their blocks of triples, and what was found stands before these."""
    inserted: dict[int, bytes] = {}
    left_out: dict[int, list[Node]] = {}
    triples: dict[int, Node] = {}
    for clause, rows in zip(clauses, found, strict=True):
        triple = _above(clause.property, "triples_same_subject")
        block = _above(triple, "triples_block")
        inserted.setdefault(block.start_byte, b"")
        inserted[block.start_byte] += _select(clause, rows, _graph_variable(block))
        left_out.setdefault(triple.start_byte, []).append(clause.property)
        triples[triple.start_byte] = triple
    for start, triple in triples.items():
        yield _without(triple, left_out[start])
    for start, new in inserted.items():
        yield Edit(start, start, new)


def _without(triple: Node, left_out: Sequence[Node]) -> Edit:
    """A subject without some of what is said of it; all lines stay in their place."""
    kept = [
        text_of(child)
        for child in triple.children[1].children
        if child.type == "property" and child not in left_out
    ]
    end, after = triple.end_byte, triple.next_sibling
    subject = triple.children[0]
    if kept and subject.type != "var":
        raise _misused(
            "主语是列表时，后面不能用分号再接别的谓语",
            "nothing else can be said of a subject that is a list",
        )
    new = text_of(subject) + b" " + b" ; ".join(kept) if kept else b""
    if not kept and after is not None and after.type == ".":
        end = after.end_byte
    lines = (triple.end_point.row - triple.start_point.row) - new.count(b"\n")
    return Edit(triple.start_byte, end, new + b"\n" * lines)


def _select(clause: _Clause, rows: Sequence[Found], graph: bytes | None) -> bytes:
    """What was found, as far as the graph has names of it."""
    heads = b" ".join(b"?" + name for name in clause.variables)
    values = " ".join(f"({_row(row, len(clause.variables))})" for row in rows).encode()
    pattern = b"?%b %b []" % (clause.variables[0], _PATH.encode())
    if graph is not None:
        pattern = b"GRAPH ?%b { %b }" % (graph, pattern)
    extra = b" ?" + graph if graph is not None and graph not in clause.variables else b""
    return b"{ SELECT DISTINCT %b%b { VALUES (%b) { %b } %b } } " % (
        heads,
        extra,
        heads,
        values,
        pattern,
    )


def _row(found: Found, size: int) -> str:
    name = Literal(found.name, language=found.language) if found.language else Literal(found.name)
    return " ".join([str(NamedNode(found.iri)), f"{found.score:.6f}", str(name)][:size])


def _graph_variable(block: Node) -> bytes | None:
    """The variable of the GRAPH in which triples stand, unless a sub-select keeps it apart."""
    above = block.parent
    while above is not None and above.type != "sub_select":
        if above.type == "graph_graph_pattern":
            graph = above.children[1]
            return text_of(graph)[1:] if graph.type == "var" else None
        above = above.parent
    return None


def _above(node: Node, kind: str) -> Node:
    while node.type != kind and node.parent is not None:
        node = node.parent
    return node


def _misused(zh: str, en: str) -> SearchMisused:
    return SearchMisused(reason=Text(zh, en))


def from_wire(told: Sequence[Sequence[Any]]) -> list[list[Found]]:
    """What was found, as it comes from another process."""
    return [[Found(*row) for row in rows] for rows in told]
