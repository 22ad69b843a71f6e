"""Which document an address below ``/ontology`` is that of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mieco.errors import NotFound, Text
from mieco.namespace.documents import DATASET_FORMATS, forms_of
from mieco.namespace.versions import ONTOLOGY, Version, Versions
from mieco.present.formats import HTML, Format, by_name
from mieco.terms import BASE, LICENSE

_ROOT = ONTOLOGY.removeprefix(BASE)
_DL = "http://www.w3.org/ns/owl-profile/DL"


@dataclass(frozen=True, slots=True)
class Address:
    """A document: of a version, or of one of its modules.

    ``lasting`` is whether the address names the version; ``form`` is what its extension says.
    """

    version: Version
    module: str = ""
    lasting: bool = False
    form: Format | None = None

    @property
    def path(self) -> str:
        """The path of its IRI below our base, which has no extension."""
        number = self.version.number if self.lasting else ""
        return "/".join(part for part in (_ROOT, number, self.module) if part)

    @property
    def forms(self) -> Sequence[Format]:
        """The formats on offer, the default first."""
        return (*forms_of(self.version, self.module), HTML)

    @property
    def accepted(self) -> Sequence[Format]:
        """Those and what is not offered, but given where it is asked for."""
        return (*self.forms, *DATASET_FORMATS)

    def in_form(self, form: Format) -> str:
        """The path of the document in one format."""
        return f"{self.path}.{form.name}"


def read_address(versions: Versions, path: str) -> Address:
    """The address that is ``path`` below ``/ontology``, with or without an extension.

    Raises NotFound, which says what there is.
    """
    if found := _without_extension(versions, path):
        return found
    stem, dot, extension = path.rpartition(".")
    found = _without_extension(versions, stem) if dot and extension.isalnum() else None
    if not found:
        raise _missing(path, _what_there_is(versions, path))
    if form := by_name(extension, found.accepted):
        return replace(found, form=form)
    offered = ", ".join(f".{form.name}" for form in found.forms)
    raise _missing(path, Text(f"可用的扩展名：{offered}。", f"Extensions on offer: {offered}."))


def links_of(address: Address, versions: Versions) -> Iterator[tuple[str, str, str]]:
    """The links of a document: its other forms, its licence, the versions beside it (RFC 8288).

    Of each the relation, the target (a path below the service's root, or an address) and the media
    type, which may be empty.
    """
    for form in address.forms:
        yield "alternate", address.in_form(form), form.media_type
    yield "canonical", address.path, ""
    yield "license", LICENSE, ""
    if not address.module:
        yield "profile", _DL, ""
    if address.lasting:
        current = replace(address, version=versions.current, lasting=False)
        yield "latest-version", current.path, ""
    beside = {
        "predecessor-version": versions.before(address.version),
        "successor-version": versions.after(address.version) if address.lasting else None,
    }
    for relation, version in beside.items():
        if version and (not address.module or address.module in version.modules):
            yield relation, replace(address, version=version, lasting=True).path, ""
    yield "version-history", f"{_ROOT}.{HTML.name}#versions", HTML.media_type


def _without_extension(versions: Versions, path: str) -> Address | None:
    first, _, rest = path.partition("/")
    if version := versions.by_number.get(first):
        found = Address(version, rest, lasting=True)
    else:
        found = Address(versions.current, path)
    return found if not found.module or found.module in found.version.modules else None


def _missing(path: str, near: Text) -> NotFound:
    return NotFound(what=Text("本体文档", "document of the ontology"), name=path, near=near)


def _what_there_is(versions: Versions, path: str) -> Text:
    version = versions.by_number.get(path.partition("/")[0])
    modules = ", ".join((version or versions.current).modules)
    if version:
        return Text(
            f"{version.number} 版的模块有：{modules}。",
            f"The modules of version {version.number} are: {modules}.",
        )
    numbers = ", ".join(versions.by_number)
    term = path if path.isidentifier() else ""
    return Text(
        f"模块有：{modules}；版本有：{numbers}。"
        + (f"若 {term} 是术语，它在 /{_ROOT}#{term}。" if term else ""),
        f"The modules are: {modules}; the versions: {numbers}."
        + (f" If {term} is a term, it is at /{_ROOT}#{term}." if term else ""),
    )
