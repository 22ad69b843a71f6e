"""``mieco dump`` and ``mieco diff``: releases as files, and what differs between two of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click
from pyoxigraph import NamedNode, Store

from mieco.diff.account import tell_counts
from mieco.diff.compare import Difference
from mieco.diff.files import NOTHING, State, differences, write_changes
from mieco.dumps.forms import DATASET_SYNTAXES, EXTENSIONS, SYNTAXES, Compression, compressed
from mieco.dumps.writing import Graph, graph_of, has_graph, write_dump
from mieco.errors import BadParameter, NotFound, Text
from mieco.releases import Releases
from mieco.settings import read_settings
from mieco.terminal import STDOUT, data_option, language, print_table, say, written
from mieco.terms import GRAPH

# What --format calls the forms of a difference.
_FORMS = {"json": "json", "patch": "patch", "sparql": "ru", "nq": "nq", "removed": "removed.nq"}


@click.command()
@click.option("--release", type=int, help="发布的编号，默认为当前发布 / number of a release")
@click.option(
    "--graph",
    "names",
    multiple=True,
    metavar="IRI",
    help="只要这个图：IRI，或 graph/ 之后的部分；可多次给出"
    " / only this graph: its IRI, or what follows graph/; can be repeated",
)
@click.option(
    "--format",
    "syntax",
    type=click.Choice(list(SYNTAXES)),
    help="格式；nt 和 ttl 只写一个图。默认按文件名，否则为 nq"
    " / format; nt and ttl are for one graph. By the name of the file, else nq",
)
@click.option(
    "--compression",
    type=click.Choice(get_args(Compression)),
    help="压缩方式，默认按文件名 / compression; by the name of the file",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=STDOUT,
    help="写入文件，写完才出现；- 为标准输出 / the file to write, there once it is whole",
)
@data_option
def dump(
    *,
    release: int | None,
    names: Sequence[str],
    syntax: str | None,
    compression: Compression | None,
    output: Path,
    data: Path | None,
) -> None:
    """把一个发布整个写成文件。/ Write a whole release, or graphs of it, as RDF."""
    releases = Releases(read_settings(os.environ, {"data": data}).data)
    chosen = releases.current() if release is None else releases.open(release)
    syntax, compression = _form(output.name, syntax, compression)
    store = Store.read_only(str(chosen.store))
    graphs = _graphs(store, names)
    if syntax not in DATASET_SYNTAXES and len(graphs or ()) != 1:
        raise BadParameter(
            name="--format",
            reason=Text(f"{syntax} 只能写一个图", f"{syntax} holds one graph"),
            allowed=Text(
                f"{'、'.join(DATASET_SYNTAXES)}，或加一个 --graph",
                f"{', '.join(DATASET_SYNTAXES)}, or one --graph",
            ),
        )
    with written(output) as out, compressed(out, compression) as packed:
        write_dump(store, graphs, SYNTAXES[syntax], packed)


@click.command()
@click.argument("before", type=click.IntRange(NOTHING), required=False)
@click.argument("after", type=click.IntRange(NOTHING), required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *_FORMS]),
    default="text",
    show_default=True,
    help="输出格式；nq 为新增的语句，removed 为删去的 / nq has what is new, removed what is gone",
)
@click.option(
    "--graphs",
    type=click.Choice(["all", "asserted"]),
    default="all",
    show_default=True,
    help="asserted：不含推理图和目录图 / asserted: without inferred and catalogue graph",
)
@data_option
@click.pass_context
def diff(
    ctx: click.Context,
    before: int | None,
    after: int | None,
    *,
    form: str,
    graphs: str,
    data: Path | None,
) -> None:
    """比较发布 BEFORE 与 AFTER：相同退出码为 0，不同为 1。/ Compare two releases.

    不给 AFTER 为当前发布，不给 BEFORE 为它所依据的发布；0 为空。
    AFTER is the current release if not given, BEFORE the one that it was made from; 0 is nothing.
    The exit code is 0 where they are the same, 1 where they differ.
    """
    releases = Releases(read_settings(os.environ, {"data": data}).data)
    new = State.open(releases, releases.current().manifest.number if after is None else after)
    parent = new.manifest.before if new.manifest else None
    old = State.open(releases, (parent or NOTHING) if before is None else before)
    difference = differences(old, new, asserted=graphs == "asserted")
    if form == "text":
        _print(old, new, difference)
    else:
        write_changes(old, new, difference, _FORMS[form], sys.stdout.buffer)
        sys.stdout.buffer.flush()
    ctx.exit(1 if difference else 0)


def _form(
    name: str, syntax: str | None, compression: Compression | None
) -> tuple[str, Compression]:
    """What is not given, by the name of the file.  Raises BadParameter for an unknown ending."""
    suffixes = [suffix.removeprefix(".") for suffix in Path(name).suffixes]
    packed = next((each for each, end in EXTENSIONS.items() if end in suffixes[-1:]), None)
    plain = suffixes[:-1] if packed else suffixes
    named = plain[-1] if plain else DATASET_SYNTAXES[0]
    if not syntax and named not in SYNTAXES:
        raise BadParameter(
            name="--output",
            reason=Text(f"“.{named}”看不出格式", f"'.{named}' does not tell the format"),
            allowed=Text(
                f".{'、.'.join(SYNTAXES)}，可再加 .gz 或 .zst；或用 --format",
                f".{', .'.join(SYNTAXES)}, with or without .gz or .zst; or say --format",
            ),
        )
    return syntax or named, compression or packed or "none"


def _graphs(store: Store, names: Sequence[str]) -> list[Graph] | None:
    """The graphs of the names, each once; ``None`` where there are no names.  Raises NotFound."""
    found: list[Graph] = []
    for name in dict.fromkeys(names):
        try:
            graph = graph_of(name if ":" in name else GRAPH + name)
        except ValueError:
            graph = None
        if graph is None or not has_graph(store, graph):
            there = [g.value for g in store.named_graphs() if isinstance(g, NamedNode)]
            told = ", ".join(sorted(iri.removeprefix(GRAPH) for iri in there))
            near = Text(f"有：{told}。", f"There are: {told}.")
            raise NotFound(what=Text("图", "graph"), name=name, near=near)
        found.append(graph)
    return found or None


def _print(before: State, after: State, difference: Difference) -> None:
    if not difference:
        same = Text(
            f"发布 {before.number} 与 {after.number} 相同",
            f"releases {before.number} and {after.number} are the same",
        )
        say(same)
        return
    heads = Text("图|新增|删去", "graph|added|removed").in_(language()).split("|")
    rows = [
        [each["graph"], str(each["added"]), str(each["removed"])]
        for each in tell_counts(difference)
    ]
    total = Text("合计", "total").in_(language())
    print_table(heads, [*rows, [total, str(difference.added), str(difference.removed)]])
