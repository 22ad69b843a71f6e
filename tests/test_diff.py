"""What differs between two releases: it leads from the one to the other, and to nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from conftest import Run
from mieco.cli import main
from mieco.diff.compare import Difference, compare
from mieco.diff.forms import write_added, write_patch, write_removed
from mieco.diff.update import write_update

LETTERS = "uvwxyz"
NODES = st.sampled_from(
    [NamedNode("http://e/a"), NamedNode("http://e/b"), *map(BlankNode, LETTERS)]
)
LITERALS = st.sampled_from(
    [
        Literal("_:u"),
        Literal('a\n"\\\x00', language="en"),
        Literal(1),
        Literal("01", datatype=Literal(1).datatype),
    ]
)
PROPERTIES = st.sampled_from([NamedNode("http://e/p"), NamedNode("http://e/q")])
GRAPHS = st.sampled_from([DefaultGraph(), NamedNode("http://e/g"), NamedNode("http://e/h")])
QUADS = st.lists(st.builds(Quad, NODES, PROPERTIES, NODES | LITERALS, GRAPHS), max_size=9)


def stored(quads: Sequence[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def canonical(store: Store) -> tuple[list[str], set[str]]:
    """The quads of a dataset, whatever its blank nodes are called, and its graphs."""
    dataset = Dataset(store.quads_for_pattern(None, None, None, None))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset)), set(map(str, store.named_graphs()))


def renamed(quads: Sequence[Quad], names: dict[str, str]) -> list[Quad]:
    def of(term: object) -> object:
        return BlankNode(names[term.value]) if isinstance(term, BlankNode) else term

    return [Quad(of(q.subject), q.predicate, of(q.object), q.graph_name) for q in quads]


def patched(store: Store, patch: bytes) -> Store:
    """The dataset after an RDF Patch: its lines applied to those of the dump."""
    lines = set(store.dump(format=RdfFormat.N_QUADS).splitlines())
    for line in patch.splitlines():
        operation, _, quad = line.partition(b" ")
        if operation == b"D":
            lines.remove(quad)
        elif operation == b"A":
            assert quad not in lines
            lines.add(quad)
    return stored(list(parse(b"\n".join(lines), format=RdfFormat.N_QUADS)))


def updated(quads: Sequence[Quad], difference: Difference) -> Store:
    out, store = io.BytesIO(), stored(quads)
    write_update(difference, out)
    store.update(out.getvalue().decode())
    return store


@settings(max_examples=150)
@given(QUADS, QUADS, st.lists(st.integers(0, 8), max_size=6), st.permutations(LETTERS))
def test_patch_and_update_lead_from_one_dataset_to_the_other(
    before: list[Quad], more: list[Quad], kept: list[int], names: list[str]
) -> None:
    """The second dataset has new statements, and some of the first with its nodes renamed."""
    again = [before[place] for place in kept if place < len(before)]
    after = [*more, *renamed(again, dict(zip(LETTERS, names, strict=True)))]
    old, new = stored(before), stored(after)
    difference = compare(old, new)
    out = io.BytesIO()
    write_patch(difference, "http://e/1", "http://e/2", out)
    assert canonical(patched(old, out.getvalue()))[0] == canonical(new)[0]
    assert canonical(updated(before, difference)) == canonical(new)
    assert bool(difference) == (canonical(old) != canonical(new))


@settings(max_examples=50)
@given(QUADS, st.permutations(LETTERS))
def test_a_dataset_is_the_same_under_other_names_of_its_blank_nodes(
    quads: list[Quad], names: list[str]
) -> None:
    other = renamed(quads, dict(zip(LETTERS, names, strict=True)))
    assert not compare(stored(quads), stored(other))


def test_only_what_holds_together_by_a_changed_blank_node_differs() -> None:
    a, p, g = (NamedNode(f"http://e/{name}") for name in "apg")

    def described(value: int) -> Store:
        others = [Quad(BlankNode(), p, Literal(number), g) for number in range(5)]
        return stored(
            [*others, Quad(a, p, BlankNode(), g), Quad(BlankNode(), p, Literal(value), g)]
        )

    difference = compare(described(10), described(11))
    assert (difference.removed, difference.added) == (1, 1)


def test_statements_about_statements_are_compared_too() -> None:
    said = Triple(NamedNode("http://e/a"), NamedNode("http://e/p"), BlankNode("x"))
    quad = Quad(BlankNode("y"), NamedNode("http://e/q"), said, NamedNode("http://e/g"))
    difference = compare(stored([quad]), Store())
    assert difference.removed == 1
    assert canonical(updated([quad], difference)) == ([], set())
    assert not compare(stored([quad]), stored(renamed_within(quad)))


def renamed_within(quad: Quad) -> list[Quad]:
    text = stored([quad]).dump(format=RdfFormat.N_QUADS)
    return list(parse(text, format=RdfFormat.N_QUADS, rename_blank_nodes=True))


def test_a_graph_whose_name_is_a_blank_node_is_compared_by_what_it_holds() -> None:
    def graph(name: str, value: int) -> list[Quad]:
        a, p = NamedNode("http://e/a"), NamedNode("http://e/p")
        return [Quad(a, p, Literal(value), BlankNode(name))]

    assert compare(stored(graph("x", 1)), stored(graph("x", 2))).added == 1
    out = io.BytesIO()
    write_update(compare(stored(graph("x", 1)), stored(graph("x", 2))), out)
    assert b"_:" not in out.getvalue()


def test_what_is_new_and_what_is_gone_are_quads() -> None:
    a, p, g = (NamedNode(f"http://e/{name}") for name in "apg")
    difference = compare(stored([Quad(a, p, Literal("1"), g)]), stored([Quad(a, p, Literal("2"))]))
    out = io.BytesIO()
    write_added(difference, out)
    assert out.getvalue() == b'<http://e/a> <http://e/p> "2" .\n'
    out = io.BytesIO()
    write_removed(difference, out)
    assert out.getvalue() == b'<http://e/a> <http://e/p> "1" <http://e/g> .\n'


def test_the_command_tells_what_changed_and_whether_anything_did(
    mieco: Run, two_releases: Path
) -> None:
    same = command("1", "1", "--data", str(two_releases))
    assert (same.exit_code, same.stdout) == (0, "")
    assert same.stderr == "mieco: releases 1 and 1 are the same\n"
    told = command("--format", "json", "--data", str(two_releases))
    assert told.exit_code == 1
    changes = json.loads(told.stdout)
    assert [changes[side]["release"] for side in ("before", "after")] == [1, 2]
    first = changes["graphs"][0]
    assert (first["graph"], first["added"], first["removed"]) == ("http://e/g", 3, 0)
    assert first["things"][0]["label"] == {"zh": "甲", "en": "A"}
    table = mieco("diff", "1", "2", "--data", str(two_releases), MIECO_LANGUAGE="zh")
    assert table.returncode == 1
    assert "新增" in table.stdout


def test_the_command_refuses_a_release_that_is_not_there(two_releases: Path) -> None:
    done = command("1", "9", "--data", str(two_releases))
    assert done.exit_code == 2
    assert "No release '9' was found" in done.stderr
    assert "1-2" in done.stderr


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments], env={"MIECO_LANGUAGE": "en"})
