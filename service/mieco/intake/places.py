"""Places for the administrative divisions that rows name and that are not published yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from mieco.intake.regions import Region, Regions
from mieco.intake.registers import Named
from mieco.intake.specification import expand
from mieco.intake.vocabulary import Vocabulary
from mieco.terms import MIECO, RDF_TYPE, RDFS_LABEL

_TYPE, _LABEL = NamedNode(RDF_TYPE), NamedNode(RDFS_LABEL)
_SCHEME = NamedNode(expand("concept/region"))


class Places:
    """The place of each region: a published one, or one that is to be described."""

    def __init__(
        self, published: Mapping[str, Named], regions: Regions, vocabulary: Vocabulary
    ) -> None:
        self._published, self._regions, self._vocabulary = published, regions, vocabulary
        self._fresh: dict[str, Region] = {}

    def find(self, text: str) -> Named:
        """The place that a region code or a full name means.  Raises Unfit."""
        return self._place(self._regions.find(text))

    def _place(self, region: Region) -> Named:
        place = self._published.get(region.code)
        if place is None:
            for each in self._regions.path(region):
                self._fresh.setdefault(each.code, each)
        return place or Named(expand(f"id/place/{region.code}"), region.name)

    def described(self) -> Iterator[Triple]:
        """What is known of the places that are not published, and of their region codes."""
        for code, region in sorted(self._fresh.items()):
            if code in self._published:
                continue
            place, concept = NamedNode(self._place(region).iri), expand(f"concept/region/{code}")
            yield Triple(place, _TYPE, NamedNode(MIECO + "Place"))
            yield Triple(place, _LABEL, Literal(region.name, language="zh"))
            yield Triple(
                place,
                NamedNode(MIECO + "placeLevel"),
                NamedNode(expand(f"concept/place-level/{region.level}")),
            )
            yield Triple(place, NamedNode(MIECO + "region"), NamedNode(concept))
            if region.parent:
                above = self._published.get(region.parent)
                iri = above.iri if above else expand(f"id/place/{region.parent}")
                yield Triple(place, NamedNode(MIECO + "partOf"), NamedNode(iri))
            if not self._vocabulary.named(concept).zh:
                yield from _concept(NamedNode(concept), region)


def _concept(concept: NamedNode, region: Region) -> Iterator[Triple]:
    yield Triple(concept, _TYPE, NamedNode(expand("skos:Concept")))
    yield Triple(concept, NamedNode(expand("skos:inScheme")), _SCHEME)
    yield Triple(concept, NamedNode(expand("skos:notation")), Literal(region.code))
    yield Triple(concept, _LABEL, Literal(region.name, language="zh"))
