"""Where the project's content lies: ontology, shapes, queries and data.

In a wheel the four folders are inside the installed package; in an editable
install and in a plain checkout they stand beside ``service/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mieco.errors import BadInstallation, Text

Folder = Literal["ontology", "shapes", "queries", "data"]

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def folder(name: Folder) -> Path:
    """The folder of that name.

    Raises :class:`~mieco.errors.BadInstallation` if the installation lacks it.
    """
    for place in (_PACKAGE / name, _CHECKOUT / name):
        if place.is_dir():
            return place
    raise BadInstallation(
        part=name, reason=Text("文件夹不在安装包中", "the folder is not in the installation")
    )


@dataclass(frozen=True, slots=True)
class OntologyFiles:
    """The files of an ontology folder, each kind in the order of its names.

    ``modules`` make up the ontology; ``alignments`` tie it to other vocabularies; ``kept``
    are the merged texts of past versions, to compare with.  Only the first two are ever
    loaded as the ontology.  Beside each kept text is a folder of its version with the modules
    as they were then, and the merged ontology in OWL's own syntaxes.
    """

    folder: Path
    modules: tuple[Path, ...]
    alignments: tuple[Path, ...]
    kept: tuple[Path, ...]

    @property
    def loaded(self) -> tuple[Path, ...]:
        return self.modules + self.alignments

    @property
    def root(self) -> Path:
        """The module that imports all others."""
        return self.folder / "mieco.ttl"

    @property
    def catalogue(self) -> Path:
        """Where Protégé and the OWL API look up the file of an IRI."""
        return self.folder / "catalog-v001.xml"

    @property
    def classification(self) -> Path:
        """The subclass axioms that HermiT is expected to infer."""
        return self.folder / "classification.ttl"

    def kept_text(self, version: str) -> Path:
        """Where the merged text of a version is, if it is kept."""
        return self.folder / "releases" / f"{version}.ttl"

    def kept_folder(self, version: str) -> Path:
        """Where the modules of a version are, if it is kept."""
        return self.folder / "releases" / version

    def same_as_kept(self, version: str) -> bool:
        """Whether a version is kept with these very modules."""
        kept = ontology_files(self.kept_folder(version))
        mine, theirs = (
            {files.name(file): file.read_bytes() for file in files.loaded} for files in (self, kept)
        )
        return mine == theirs

    def name(self, file: Path) -> str:
        """How a file is called in what people read: its path within the folder."""
        return file.relative_to(self.folder).as_posix()


def ontology_files(place: Path | None = None) -> OntologyFiles:
    """The files of an ontology folder; of our own where none is given."""
    place = place or folder("ontology")
    return OntologyFiles(
        folder=place,
        modules=tuple(p for p in sorted(place.glob("*.ttl")) if p.name != "classification.ttl"),
        alignments=tuple(sorted((place / "alignments").glob("*.ttl"))),
        kept=tuple(sorted((place / "releases").glob("*.ttl"))),
    )


def shape_files() -> tuple[Path, ...]:
    """The files of the shapes that data have to satisfy to be published."""
    return tuple(sorted(folder("shapes").glob("*.ttl")))


def policy_shape_files() -> tuple[Path, ...]:
    """The files of the shapes that say what official texts ask of a consortium."""
    return tuple(sorted((folder("shapes") / "policy").glob("*.ttl")))
