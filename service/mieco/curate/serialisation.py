"""Stable Turtle: a file is what its own graph serialises to, so that diffs show changes only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdflib import Graph

from mieco import content
from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.modules import read_module
from mieco.errors import Text, ToolMissing


def stable_turtle(graph: Graph) -> str:
    """The one text of a graph, whatever the order in which it was made.  Raises ToolMissing."""
    try:
        from diffable_rdf import deterministic_turtle
    except ImportError:
        raise ToolMissing(
            tool="diffable-rdf",
            check="serialisation",
            todo=Text(
                "请安装：pip install 'mieco[ontology]'。",
                "Install it: pip install 'mieco[ontology]'.",
            ),
        ) from None
    return deterministic_turtle(graph)


def check_serialisation(files: OntologyFiles) -> Iterator[Finding]:
    """Every Turtle file of the ontology and of the shapes that is not its own serialisation."""
    for path, _ in _unstable(files):
        name = f"{path.parent.name}/{path.name}"
        yield error(
            "not-stable",
            name,
            f"{name} 不是自己的规范序列化；运行 mieco ontology format 可改正",
            f"{name} is not its own serialisation; 'mieco ontology format' mends it",
        )


def restore(files: OntologyFiles) -> list[Path]:
    """Rewrites the files that are not their own serialisation; comments are lost.  Names them."""
    changed = []
    for path, text in _unstable(files):
        path.write_text(text, encoding="utf-8")
        changed.append(path)
    return changed


def _unstable(files: OntologyFiles) -> Iterator[tuple[Path, str]]:
    """Each file that is not its own serialisation, with what it should be.

    The modules of past versions stay as they were.
    """
    shapes = content.shape_files() + content.policy_shape_files()
    made = [files.classification] if files.classification.exists() else []
    for path in (*files.loaded, *made, *files.kept, *shapes):
        text = stable_turtle(read_module(path))
        if text != path.read_text(encoding="utf-8"):
            yield path, text
