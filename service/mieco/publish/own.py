"""The graphs of a release that are made of files of mieco's own: ontology, shapes, questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from mieco import __version__, content
from mieco.errors import BadInstallation
from mieco.inference import rule_files
from mieco.questions.catalogue import describe_questions
from mieco.questions.header import read_questions
from mieco.releases import Release, Releases
from mieco.terms import ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH


def own_inputs() -> dict[str, str]:
    """The SHA-256 of every file of mieco's own that goes into a release."""
    files = [content.folder("data") / "tables.toml"]
    for own in _turtle_files().values():
        files += own
    files += rule_files()
    files += sorted(_questions_folder().glob("*.rq"))
    return {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def own_graphs() -> Iterator[tuple[NamedNode, list[Quad]]]:
    """The graphs of a release that are made of files of mieco's own.  Raises BadInstallation."""
    for name, files in _turtle_files().items():
        yield NamedNode(name), parse_files(files, name)
    graph = NamedNode(QUESTIONS_GRAPH)
    described = describe_questions(read_questions(_questions_folder()).values())
    yield graph, [Quad(t.subject, t.predicate, t.object, graph) for t in described]


def _questions_folder() -> Path:
    return content.folder("queries") / "questions"


def _turtle_files() -> dict[str, tuple[Path, ...]]:
    shapes = content.shape_files() + content.policy_shape_files()
    return {ONTOLOGY_GRAPH: content.ontology_files().loaded, SHAPES_GRAPH: shapes}


def parse_files(files: Iterable[Path], graph: str) -> list[Quad]:
    node = NamedNode(graph)
    quads: list[Quad] = []
    for path in files:
        try:
            quads += (
                Quad(q.subject, q.predicate, q.object, node)
                for q in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
            )
        except SyntaxError as error:
            raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error
    return quads


def is_stale(release: Release) -> bool:
    """Was a release made by another version, or of other files than those that come with it?"""
    made = release.manifest
    own = own_inputs()
    return bool(made.inputs) and (
        made.version != __version__ or any(made.inputs.get(name) != h for name, h in own.items())
    )


def own_graphs_stand(releases: Releases) -> bool:
    """Was the current release made of the same files of mieco's own, and not changed since?"""
    if releases.current_number() is None:
        return False
    release = releases.current()
    return bool(release.manifest.inputs) and not is_stale(release)
