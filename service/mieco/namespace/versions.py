"""Which versions of the ontology there are, and which files each is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from mieco.content import OntologyFiles, ontology_files
from mieco.curate.catalogue import read_catalogue
from mieco.curate.modules import order_of
from mieco.errors import BadInput, Text
from mieco.namespace.triples import triples_of
from mieco.terms import BASE, PREFIXES

ONTOLOGY = BASE + "ontology"
_VERSION = NamedNode(PREFIXES["owl"] + "versionInfo")


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version: its modules by name, in the order to read them in.

    ``merged`` is the text of all modules as one ontology, and ``forms`` are the packed files of
    that in OWL's own syntaxes, by name of the format; a version that is not kept has neither.
    """

    number: str
    modules: Mapping[str, Path]
    root: Path
    merged: Path | None
    forms: Mapping[str, Path]

    @property
    def parts(self) -> Mapping[str, Path]:
        """The modules that make up the ontology; the others tie it to other vocabularies."""
        return {name: file for name, file in self.modules.items() if "/" not in name}


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions by number, the oldest first; ``current`` is the one that is worked with."""

    by_number: Mapping[str, Version]
    current: Version

    def before(self, version: Version) -> Version | None:
        """The one that it follows."""
        return self._beside(version, -1)

    def after(self, version: Version) -> Version | None:
        """The one that follows it."""
        return self._beside(version, 1)

    def _beside(self, version: Version, step: int) -> Version | None:
        numbers = list(self.by_number)
        place = numbers.index(version.number) + step
        return self.by_number[numbers[place]] if 0 <= place < len(numbers) else None


def read_versions(files: OntologyFiles) -> Versions:
    """The kept versions of an ontology folder, and the one that is in it.

    Where the latter is kept with the same modules, the two are one.  Raises BadInput.
    """
    kept = {
        text.stem: _version(ontology_files(files.kept_folder(text.stem)), text.stem, text)
        for text in files.kept
    }
    number = _number(files)
    if number in kept and files.same_as_kept(number):
        current = kept[number]
    else:
        current = _version(files, number, None)
    found = {number: current, **kept}
    return Versions({n: found[n] for n in sorted(found, key=order_of)}, current)


def _version(files: OntologyFiles, number: str, merged: Path | None) -> Version:
    modules = {name: files.folder / file for name, file in _modules(files)}
    packed = sorted(files.folder.glob("mieco.*.gz")) if merged else ()
    forms = {file.name.split(".")[1]: file for file in packed}
    return Version(number, modules, files.root, merged, forms)


def _modules(files: OntologyFiles) -> Iterator[tuple[str, str]]:
    """The name and file of each module, in the order of the catalogue."""
    for iri, file in read_catalogue(files).items():
        name = iri.removeprefix(ONTOLOGY + "/")
        # A version IRI begins with its number.
        if name != iri and not name[0].isdigit():
            yield name, file


def _number(files: OntologyFiles) -> str:
    this = NamedNode(ONTOLOGY)
    for subject, predicate, value in triples_of(files.root):
        if (subject, predicate) == (this, _VERSION) and isinstance(value, Literal):
            return value.value
    raise BadInput(
        where=files.root.name, reason=Text("没有写版本", "does not say its version"), todo=""
    )
