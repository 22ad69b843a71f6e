"""What a release says of itself, read back from its catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mieco.ask.page_queries import rows_of
from mieco.describe.statements import CATALOGUE, DATASET
from mieco.engine.base import Engine, text_of
from mieco.errors import NotFound, Text
from mieco.intake.specification import expand
from mieco.terms import INFERRED_GRAPH

_PART, _LINK = "dcterms:hasPart", "void:linkPredicate"
_COUNTS = ("triples", "entities", "distinctSubjects", "distinctObjects", "properties", "classes")


@dataclass(frozen=True, slots=True)
class Links:
    """The statements that lead to one dataset or vocabulary of others, by property."""

    space: str
    target: str
    by: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(self.by.values())


@dataclass(frozen=True, slots=True)
class Import:
    """How a graph came to hold a batch: when, by whom, from which files."""

    graph: str
    at: str
    by: str
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class About:
    """The numbers of a release, the largest of each kind first, and where it comes from.

    ``counts`` are those of the merged graphs, by the name of their property in VoID.
    """

    counts: Mapping[str, int]
    graphs: Mapping[str, int]
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    vocabularies: Sequence[str]
    examples: Sequence[str]
    links: Sequence[Links]
    imports: Sequence[Import]


def read_about(engine: Engine, *, seconds: float) -> About:
    """What a release says of itself.  Raises NotFound for one that says nothing."""
    said = _Said()
    for row in rows_of(engine, "catalogue", seconds=seconds):
        said.add(text_of(row["subject"]), text_of(row["property"]), text_of(row["value"]))
    if not said.texts(DATASET.value, "void:triples"):
        raise NotFound(
            what=Text("数据集的自述", "description of the dataset"),
            name=CATALOGUE.value,
            near=Text("这个发布没有本体。", "This release has no ontology."),
        )
    parts = [*said.texts(DATASET.value, "void:subset"), *said.texts(DATASET.value, _PART)]
    classes = said.texts(DATASET.value, "void:classPartition")
    properties = said.texts(DATASET.value, "void:propertyPartition")
    return About(
        counts={name: said.number(DATASET.value, f"void:{name}") for name in _COUNTS},
        graphs=_largest(
            (graph, said.number(graph, "void:triples"))
            for graph in parts
            if said.texts(graph, "void:classes")
        ),
        classes=_largest(
            (said.text(each, "void:class"), said.number(each, "void:entities")) for each in classes
        ),
        properties=_largest(
            (said.text(each, "void:property"), said.number(each, "void:triples"))
            for each in properties
        ),
        vocabularies=said.texts(DATASET.value, "void:vocabulary"),
        examples=said.texts(DATASET.value, "void:exampleResource"),
        links=_links(said, [part for part in parts if said.texts(part, _LINK)]),
        imports=[
            _import(said, graph, activity)
            for graph in parts
            for activity in said.texts(graph, "prov:wasGeneratedBy")
            if graph != INFERRED_GRAPH
        ],
    )


class _Said:
    """The statements of a catalogue, by subject and property."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], list[str]] = {}

    def add(self, subject: str, prop: str, value: str) -> None:
        self._said.setdefault((subject, prop), []).append(value)

    def texts(self, subject: str, prop: str) -> list[str]:
        """The values of a property, which is given by its short name."""
        return self._said.get((subject, expand(prop)), [])

    def text(self, subject: str, prop: str) -> str:
        return next(iter(self.texts(subject, prop)), "")

    def number(self, subject: str, prop: str) -> int:
        return int(self.text(subject, prop) or 0)


def _largest(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(counts, key=lambda item: (-item[1], item[0])))


def _links(said: _Said, linksets: Iterable[str]) -> list[Links]:
    """The links by target, the most first."""
    by_target: dict[str, list[tuple[str, int]]] = {}
    for linkset in linksets:
        count = said.number(linkset, "void:triples")
        target = said.text(linkset, "void:objectsTarget")
        by_target.setdefault(target, []).append((said.text(linkset, _LINK), count))
    found = [
        Links(
            space=said.text(target, "void:uriSpace"),
            target=said.text(target, "dcterms:title"),
            by=_largest(counts),
        )
        for target, counts in by_target.items()
    ]
    return sorted(found, key=lambda links: (-links.count, links.space))


def _import(said: _Said, graph: str, activity: str) -> Import:
    names = (said.text(used, "rdfs:label") for used in said.texts(activity, "prov:used"))
    return Import(
        graph=graph,
        at=said.text(activity, "prov:endedAtTime"),
        by=said.text(f"{activity}/agent", "rdfs:label"),
        files=[name for name in names if name],
    )
