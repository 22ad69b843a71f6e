"""A version that is kept: what later ones are compared with, and what its IRIs lead to."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from pathlib import Path

from rdflib import Graph

from mieco.content import OntologyFiles
from mieco.curate.modules import merged, version_of
from mieco.curate.owlapi import run_java
from mieco.curate.serialisation import stable_turtle
from mieco.errors import BadInput, Text


def keep(files: OntologyFiles, owlapi: str) -> Path:
    """Stores the merged modules as ``releases/VERSION.ttl``, and in a folder of that name the
    modules as they are and the merged ontology in OWL's own syntaxes.

    Raises BadInput where that version is kept already with other content, ToolMissing where
    there is no JDK or no OWL API.
    """
    graph = merged(files)
    version = version_of(graph)
    refuse_reuse(files, version, graph)
    path, place = files.kept_text(version), files.kept_folder(version)
    if path.exists() and place.exists():
        return path
    place.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".mieco-") as made:
        folder = Path(made) / version
        for file in (*files.loaded, files.catalogue):
            copy = folder / files.name(file)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        whole = Path(made) / path.name
        whole.write_text(stable_turtle(graph), encoding="utf-8")
        _write_forms(whole, folder, owlapi)
        folder.rename(place)
        whole.replace(path)
    return path


def refuse_reuse(files: OntologyFiles, version: str, graph: Graph) -> None:
    """Raises BadInput where the version is kept with other content."""
    kept = files.kept_text(version)
    others = files.kept_folder(version).exists() and not files.same_as_kept(version)
    if others or (kept.exists() and kept.read_text(encoding="utf-8") != stable_turtle(graph)):
        raise BadInput(
            where=files.name(kept),
            reason=Text(
                f"{version} 版已按另一内容发布",
                f"version {version} was released with other content",
            ),
            todo=Text(
                "请在各模块中提高 owl:versionInfo。", "Raise owl:versionInfo in every module."
            ),
        )


def _write_forms(whole: Path, folder: Path, owlapi: str) -> None:
    """The ontology in functional syntax and OWL/XML, compressed: they repeat themselves much."""
    forms = [folder / f"mieco.{name}" for name in ("ofn", "owx")]
    run_java("Forms.java", [str(whole), *(str(form) for form in forms)], owlapi, check="keep")
    for form in forms:
        # Without a time in it, so that the same ontology gives the same bytes.
        packed = gzip.compress(form.read_bytes(), mtime=0)
        form.with_name(f"{form.name}.gz").write_bytes(packed)
        form.unlink()
