"""The catalogue record of the dataset: DCAT 3 in the European profile DCAT-AP 3.0.

What is said in the profile's own words holds here: nobody is named as a contact point and no
time span is given, since neither is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad

from mieco.describe.dataset import (
    CHINA,
    CREATOR,
    DESCRIPTION,
    DOORS,
    DUMPS,
    KEYWORDS,
    PROVENANCE,
    TITLE,
    Door,
    Dump,
)
from mieco.describe.statements import CATALOGUE, DATASET, in_words, moment, part, said, term
from mieco.errors import Text
from mieco.terms import LICENSE

_PUBLISHER = part("publisher")
_PROVENANCE = part("provenance")
_RECORD = part("record")
_LICENCE = NamedNode(LICENSE)

_EU = "http://publications.europa.eu/resource/authority/"
_LANGUAGES = (NamedNode(f"{_EU}language/ZHO"), NamedNode(f"{_EU}language/ENG"))
_THEMES = NamedNode(f"{_EU}data-theme")
_EDUCATION = NamedNode(f"{_EU}data-theme/EDUC")
_IRREGULAR = NamedNode(f"{_EU}frequency/IRREG")
_PUBLIC = NamedNode(f"{_EU}access-right/PUBLIC")
_CHINA = NamedNode(CHINA)
_PROFILE = NamedNode("https://semiceu.github.io/DCAT-AP/releases/3.0.0/")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


def describe_catalogue(
    number: int, created: str, before: int | None, address: str
) -> Iterator[Quad]:
    """The catalogue, the dataset, its version in this release, and the ways to it."""
    release = term(f"release/{number}")
    yield from _catalogue(release, created, address)
    yield from _record(release, created)
    yield from _agent()
    yield from _versions(release, number, created, before)
    for dataset in (DATASET, release):
        yield from _dataset(dataset, address)
    for dump in DUMPS:
        yield from _distribution(release, number, created, dump, address)
    for door in DOORS:
        yield from _service(release, door, address)
    yield from _kinds(address)


def _catalogue(release: NamedNode, created: str, address: str) -> Iterator[Quad]:
    yield said(CATALOGUE, "rdf:type", "dcat:Catalog")
    yield from in_words(CATALOGUE, "dcterms:title", TITLE)
    yield from in_words(CATALOGUE, "dcterms:description", DESCRIPTION)
    yield said(CATALOGUE, "dcterms:publisher", _PUBLISHER)
    yield said(CATALOGUE, "dcterms:license", _LICENCE)
    yield said(CATALOGUE, "dcterms:modified", moment(created))
    yield said(CATALOGUE, "dcterms:spatial", _CHINA)
    yield said(CATALOGUE, "foaf:homepage", NamedNode(address))
    yield said(CATALOGUE, "dcat:themeTaxonomy", _THEMES)
    for language in _LANGUAGES:
        yield said(CATALOGUE, "dcterms:language", language)
    yield said(CATALOGUE, "dcat:dataset", DATASET)
    yield said(CATALOGUE, "dcat:dataset", release)
    yield said(CATALOGUE, "dcat:record", _RECORD)
    for door in DOORS:
        yield said(CATALOGUE, "dcat:service", part(door.key))


def _record(release: NamedNode, created: str) -> Iterator[Quad]:
    yield said(_RECORD, "rdf:type", "dcat:CatalogRecord")
    yield said(_RECORD, "foaf:primaryTopic", release)
    yield said(_RECORD, "dcterms:issued", moment(created))
    yield said(_RECORD, "dcterms:modified", moment(created))
    yield said(_RECORD, "dcterms:conformsTo", _PROFILE)
    for language in _LANGUAGES:
        yield said(_RECORD, "dcterms:language", language)


def _agent() -> Iterator[Quad]:
    yield said(_PUBLISHER, "rdf:type", "foaf:Agent")
    yield said(_PUBLISHER, "foaf:name", Literal(CREATOR))


def _versions(release: NamedNode, number: int, created: str, before: int | None) -> Iterator[Quad]:
    """The dataset as such, and the version of it that the release is (DCAT 3 §11)."""
    yield said(DATASET, "dcat:hasVersion", release)
    yield said(DATASET, "dcat:hasCurrentVersion", release)
    yield said(DATASET, "dcterms:accrualPeriodicity", _IRREGULAR)
    yield from in_words(DATASET, "dcterms:title", TITLE)
    yield from in_words(
        release,
        "dcterms:title",
        Text(f"{TITLE.zh}，第 {number} 次发布", f"{TITLE.en}, release {number}"),
    )
    name = Text(f"mieco 第 {number} 次发布", f"mieco release {number}")
    yield from in_words(release, "rdfs:label", name)
    yield said(release, "dcat:isVersionOf", DATASET)
    yield said(release, "dcat:version", Literal(str(number)))
    yield said(release, "dcterms:identifier", Literal(release.value))
    yield said(release, "dcterms:issued", moment(created))
    if before is not None:
        yield said(release, "dcat:previousVersion", f"release/{before}")


def _dataset(dataset: NamedNode, address: str) -> Iterator[Quad]:
    yield said(dataset, "rdf:type", "dcat:Dataset")
    yield from in_words(dataset, "dcterms:description", DESCRIPTION)
    for agent in ("dcterms:publisher", "dcterms:creator"):
        yield said(dataset, agent, _PUBLISHER)
    yield said(dataset, "dcterms:license", _LICENCE)
    yield said(dataset, "dcterms:accessRights", _PUBLIC)
    yield said(dataset, "dcterms:provenance", _PROVENANCE)
    yield said(dataset, "dcterms:spatial", _CHINA)
    yield said(dataset, "dcat:landingPage", NamedNode(f"{address}catalogue"))
    yield said(dataset, "dcat:theme", _EDUCATION)
    for language in _LANGUAGES:
        yield said(dataset, "dcterms:language", language)
    for keyword in KEYWORDS:
        yield from in_words(dataset, "dcat:keyword", keyword)


def _distribution(
    release: NamedNode, number: int, created: str, dump: Dump, address: str
) -> Iterator[Quad]:
    """A form of the release to be downloaded; it is made when first asked for (DCAT 3 §6.8)."""
    distribution = NamedNode(f"{release.value}#{dump.form.extension}")
    for dataset in (DATASET, release):
        yield said(dataset, "dcat:distribution", distribution)
    yield said(distribution, "rdf:type", "dcat:Distribution")
    yield from in_words(distribution, "dcterms:title", dump.name)
    yield from in_words(
        distribution,
        "dcterms:description",
        Text(f"全部命名图，{dump.name.zh}", f"All named graphs as {dump.name.en}"),
    )
    yield said(distribution, "dcat:accessURL", NamedNode(f"{address}download/{number}/"))
    yield said(distribution, "dcat:downloadURL", NamedNode(address + dump.path(number)))
    yield said(distribution, "dcat:mediaType", NamedNode(_MEDIA_TYPES + dump.media_type))
    yield said(distribution, "dcat:compressFormat", NamedNode(_MEDIA_TYPES + dump.compression))
    yield said(distribution, "dcterms:format", NamedNode(f"{_EU}file-type/{dump.file_type}"))
    yield said(distribution, "dcterms:license", _LICENCE)
    yield said(distribution, "dcterms:issued", moment(created))


def _service(release: NamedNode, door: Door, address: str) -> Iterator[Quad]:
    service = part(door.key)
    yield said(service, "rdf:type", "dcat:DataService")
    yield from in_words(service, "dcterms:title", door.name)
    yield said(service, "dcat:endpointURL", NamedNode(address + door.path))
    yield said(service, "dcat:endpointDescription", NamedNode(address + door.description))
    yield said(service, "dcat:servesDataset", release)
    yield said(service, "dcterms:conformsTo", NamedNode(door.standard))
    yield said(service, "dcterms:publisher", _PUBLISHER)
    yield said(service, "dcterms:accessRights", _PUBLIC)
    yield said(service, "dcterms:license", _LICENCE)
    yield said(service, "dcat:theme", _EDUCATION)


def _kinds(address: str) -> Iterator[Quad]:
    """What the nodes of others are, which a reader of the profile must be told."""
    for kind, nodes in {
        "dcterms:LinguisticSystem": _LANGUAGES,
        "dcterms:Location": (_CHINA,),
        "dcterms:LicenseDocument": (_LICENCE,),
        "dcterms:RightsStatement": (_PUBLIC,),
        "dcterms:Frequency": (_IRREGULAR,),
        "dcterms:Standard": (_PROFILE, *(NamedNode(door.standard) for door in DOORS)),
        "dcterms:ProvenanceStatement": (_PROVENANCE,),
        "foaf:Document": (NamedNode(address), NamedNode(f"{address}catalogue")),
        "dcterms:MediaType": [
            NamedNode(_MEDIA_TYPES + name)
            for name in sorted({n for dump in DUMPS for n in (dump.media_type, dump.compression)})
        ],
        "dcterms:MediaTypeOrExtent": [
            NamedNode(f"{_EU}file-type/{name}") for name in sorted({d.file_type for d in DUMPS})
        ],
    }.items():
        for node in nodes:
            yield said(node, "rdf:type", kind)
    yield from in_words(_PROVENANCE, "rdfs:label", PROVENANCE)
