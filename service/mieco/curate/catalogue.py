"""The OASIS catalogue beside the modules: every IRI that is imported is found offline."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from rdflib import OWL, RDF

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.modules import read_module
from mieco.errors import BadInput

_URI = "{urn:oasis:names:tc:entity:xmlns:xml:catalog}uri"


def check_catalogue(files: OntologyFiles) -> Iterator[Finding]:
    """Each IRI of a module or an import without an entry, and each entry that leads astray.

    Raises BadInput where there is no readable catalogue.
    """
    entries = read_catalogue(files)
    wanted: dict[str, str] = {}
    for path in files.loaded:
        graph = read_module(path)
        for imported in graph.objects(None, OWL.imports):
            wanted.setdefault(str(imported), "")
        for module in graph.subjects(RDF.type, OWL.Ontology):
            for named in (module, *graph.objects(module, OWL.versionIRI)):
                wanted[str(named)] = files.name(path)
    for iri, file in sorted(wanted.items()):
        if iri not in entries:
            yield error(
                "catalogue-lacks",
                iri,
                f"catalog-v001.xml 没有 {iri} 的条目",
                f"catalog-v001.xml has no entry for {iri}",
            )
        elif not file or entries[iri] != file:
            yield error(
                "catalogue-astray",
                iri,
                f"catalog-v001.xml 把 {iri} 指向 {entries[iri]}，那里没有声明它",
                f"catalog-v001.xml leads {iri} to {entries[iri]}, which does not declare it",
            )
    for iri in sorted(entries.keys() - wanted.keys()):
        yield error(
            "catalogue-stale",
            iri,
            f"catalog-v001.xml 有 {iri} 的条目，却没有这样的模块",
            f"catalog-v001.xml has an entry for {iri}, but there is no such module",
        )


def read_catalogue(files: OntologyFiles) -> dict[str, str]:
    """IRI → file, within the folder.  Raises BadInput."""
    try:
        tree = ET.parse(files.catalogue)  # noqa: S314 - a file of the project, or of its editor
    except (OSError, ET.ParseError) as problem:
        raise BadInput(where=str(files.catalogue), reason=str(problem), todo="") from problem
    return {e.get("name", ""): e.get("uri", "") for e in tree.iter(_URI)}
