"""A release of the ontology: one folder with every form that people and programs read."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rdflib import Graph

from mieco.content import OntologyFiles
from mieco.curate.changes import as_markdown, compare
from mieco.curate.check import run_checks
from mieco.curate.context import context_of
from mieco.curate.keep import refuse_reuse
from mieco.curate.modules import copy_of, last_kept, merged, read_module, version_of
from mieco.curate.profile import violations
from mieco.curate.rl import within_rl
from mieco.curate.serialisation import stable_turtle
from mieco.errors import BadInput, BadInstallation, OntologyRefused, Text


def release(files: OntologyFiles, output: Path, owlapi: str, *, unchecked: bool = False) -> str:
    """Writes the release to a new folder, all of it or nothing, and returns its version.

    Raises BadInput where the folder exists or the version was released with other content,
    OntologyRefused where the checks find errors, ToolMissing or NoJava where they cannot run.
    """
    from mieco.curate.classification import as_graph  # Owlready2 is slow to import
    from mieco.reason.hermit import classify

    _refuse_existing(output)
    if not unchecked:
        _demand_checks(files, owlapi)
    graph = merged(files)
    version = version_of(graph)
    refuse_reuse(files, version, graph)
    with _new_folder(output) as folder:

        def write(name: str, text: str) -> Path:
            (folder / name).write_text(text, encoding="utf-8")
            return folder / name

        for name, form in FORMS.items():
            write(name, form(graph))
        inferred = copy_of(graph)
        inferred += as_graph(classify(graph))
        write("mieco-inferred.ttl", stable_turtle(inferred))
        rl = write("mieco-rl.ttl", stable_turtle(within_rl(graph)))
        if not unchecked and (outside := violations(files.catalogue, "OWL2_RL", rl, owlapi)):
            raise BadInstallation(part=rl.name, reason="; ".join(outside[:3]))
        before = last_kept(files, before=version)
        changes = compare(
            before.stem if before else "",
            read_module(before) if before else Graph(),
            version,
            graph,
        )
        write("changes.md", as_markdown(changes))
        write("changes.json", _json(asdict(changes)))
        if files.alignments:
            (folder / "alignments").mkdir()
            for path in files.alignments:
                shutil.copy(path, folder / "alignments")
    return version


def _stable(form: str) -> Callable[[Graph], str]:
    def write(graph: Graph) -> str:
        from diffable_rdf import canonicalize_rdf_graph

        return canonicalize_rdf_graph(graph, form)

    return write


def _jsonld(graph: Graph) -> str:
    from diffable_rdf import deterministic_json

    # The context is embedded, so that the file can be read without the web.
    text = graph.serialize(format="json-ld", context=context_of(graph))
    return deterministic_json(json.loads(text), indent=2) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


# All but JSON-LD, which names its anonymous nodes at random, give the same bytes each time.
FORMS: dict[str, Callable[[Graph], str]] = {
    "mieco.ttl": stable_turtle,
    # Not pretty-xml, which loses statements where an anonymous node is used twice.
    "mieco.rdf": _stable("xml"),
    "mieco.nt": _stable("nt"),
    "mieco.jsonld": _jsonld,
    "context.jsonld": lambda graph: _json({"@context": context_of(graph)}),
}


def _demand_checks(files: OntologyFiles, owlapi: str) -> None:
    errors = 0
    for outcome in run_checks(files, owlapi):
        if outcome.missing:
            raise outcome.missing
        errors += outcome.count("ERROR")
    if errors:
        raise OntologyRefused(errors=errors)


def _refuse_existing(output: Path) -> None:
    if output.exists():
        raise BadInput(
            where=str(output),
            reason=Text("已经存在，不会被覆盖", "exists already and is not overwritten"),
            todo=Text("请换一个文件夹。", "Name another folder."),
        )


@contextmanager
def _new_folder(output: Path) -> Iterator[Path]:
    """A folder that takes its name only when all in it is written.  Raises BadInput."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".mieco-") as place:
            folder = Path(place) / output.name
            folder.mkdir()
            yield folder
            folder.rename(output)
    except OSError as error:
        raise BadInput(where=str(output), reason=error.strerror or str(error), todo="") from error
