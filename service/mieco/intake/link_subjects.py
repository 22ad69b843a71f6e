"""Which of our things the subject of a link is, by IRI or by name."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from mieco.errors import Text
from mieco.intake.registers import Named, Published
from mieco.intake.specification import expand
from mieco.intake.values import Unfit
from mieco.terms import BASE, RDF_TYPE, RDFS_LABEL

_NEAREST, _LEAST_ALIKE = 3, 60
# To look for what is nearly called so takes time; who has more unknown names has another mistake.
_MOST_PROPOSED = 200
_ALT_LABEL = expand("skos:altLabel")
# What says what words mean is no thing that links are about.
_NOT_DATA = tuple(BASE + path for path in ("ontology", "shapes", "graph/"))


class LinkSubjects:
    """The things that are published, to be found and called by their names."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._found: dict[str, str] = {}
        self._proposed = 0

    def find(self, text: str) -> str:
        """The IRI of the one thing that a text names.  Raises Unfit for none, or several."""
        if text not in self._found:
            self._found[text] = self._by_iri(text) if "://" in text else self._by_name(text)
        return self._found[text]

    def names(self, iri: str) -> Sequence[str]:
        """The names of a thing, its labels first."""
        said = self._published.said
        return [*said(iri, RDFS_LABEL), *said(iri, _ALT_LABEL)]

    def _by_iri(self, iri: str) -> str:
        if iri.startswith(_NOT_DATA):
            raise Unfit(
                Text(
                    "属于本体或形状规则，链接不能说它",
                    "belongs to the ontology or the shapes, which links cannot be about",
                )
            )
        if not iri.startswith(BASE):
            raise Unfit(
                Text(f"不是本数据集的事物（{BASE}…）", f"is no thing of this dataset ({BASE}…)")
            )
        if self._published.said(iri, RDF_TYPE):
            return iri
        raise Unfit(self._near(iri, list(self._published.things)))

    def _by_name(self, text: str) -> str:
        found: dict[str, Named] = {}
        for register in self._published.names:
            found |= {named.iri: named for named in self._published.find(register, text)}
        if len(found) == 1:
            return next(iter(found))
        if found:
            listed = ", ".join(sorted(found))
            raise Unfit(
                Text(
                    f"可指几个事物，请改填其中一个的 IRI：{listed}",
                    f"may mean several things; give the IRI of one of them: {listed}",
                )
            )
        names = [name for each in self._published.things.values() for name in (each.zh, each.en)]
        raise Unfit(self._near(text, [name for name in names if name]))

    def _near(self, text: str, known: Sequence[str]) -> Text:
        """That a text names nothing, and what is nearly written so."""
        near: list[str] = []
        self._proposed += 1
        if self._proposed <= _MOST_PROPOSED:
            hits = process.extract(
                text, known, scorer=fuzz.ratio, limit=_NEAREST, score_cutoff=_LEAST_ALIKE
            )
            near = list(dict.fromkeys(hit[0] for hit in hits))
        if not near:
            return Text("没有发布", "is not published")
        return Text(
            f"没有发布；相近的有：{'、'.join(near)}",
            f"is not published; like it: {', '.join(near)}",
        )
