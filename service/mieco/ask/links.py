"""Links from our things to those of other datasets: the linksets, and the links in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from mieco.ask.page_queries import page_query, rows_of
from mieco.ask.things import Statement, Thing
from mieco.engine.base import Engine, Query, rows_in, text_of
from mieco.errors import BadParameter, NotFound, Text
from mieco.intake.link_rows import Link
from mieco.intake.link_targets import Target, dataset_of, target_of
from mieco.intake.link_triples import both
from mieco.intake.specification import expand
from mieco.manifest import Imported
from mieco.releases import Release
from mieco.stores import Row, Term
from mieco.terms import BASE, DATA_GRAPHS, LINK_PREDICATES, PREFIXES

_SSSOM = PREFIXES["sssom"]
_SLOTS = {
    expand("owl:annotatedSource"): "subject",
    expand("owl:annotatedProperty"): "predicate",
    expand("owl:annotatedTarget"): "object",
    _SSSOM + "mapping_justification": "justification",
    _SSSOM + "subject_label": "subject_label",
    _SSSOM + "object_label": "object_label",
    _SSSOM + "confidence": "confidence",
    _SSSOM + "author_label": "author",
    expand("dcterms:created"): "date",
    expand("rdfs:comment"): "comment",
}
_SEE_ALSO = expand("rdfs:seeAlso")
# What may tie two things, in words.
RELATIONS: Mapping[str, Text] = dict(
    zip(
        LINK_PREDICATES,
        (
            Text("就是", "is the very same as"),
            Text("确切对应", "exactly matches"),
            Text("近似于", "is close to"),
            Text("范围小于", "is narrower than"),
            Text("范围大于", "is broader than"),
            Text("有关于", "is related to"),
        ),
        strict=True,
    )
)
# So many links are on a page; for a download so many are read at a time.
PAGE, PIECE = 200, 1_000


@dataclass(frozen=True, slots=True)
class LinkCount:
    """So many links of a linkset have this relation and lead to this dataset.

    ``dataset`` is the key of a known one, else its host.
    """

    predicate: str
    dataset: str
    links: int


@dataclass(frozen=True, slots=True)
class Linkset:
    """A linkset: where it is, what its makers say of it, and how many links it has.

    ``name`` is that of its batch, ``owner/name``; ``imported`` says how it came in, where it was
    delivered.  ``said`` has the values of each property.
    """

    iri: str
    name: str
    graph: str
    said: Mapping[str, Sequence[str]]
    counts: Sequence[LinkCount]
    imported: Imported | None

    @property
    def title(self) -> Text:
        return both(self.one("dcterms:title") or self.name)

    @property
    def links(self) -> int:
        return sum(count.links for count in self.counts)

    def one(self, property_: str) -> str:
        """The value of a property by its short name, the first of several; or empty."""
        return next(iter(self.all(property_)), "")

    def all(self, property_: str) -> Sequence[str]:
        return self.said.get(expand(property_), ())


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link in its linkset, both by IRI."""

    iri: str
    linkset: str
    subject: str
    object: str


@dataclass(frozen=True, slots=True)
class OutwardLink:
    """A thing elsewhere that a thing of ours is, or is like: its IRI, and what it is called."""

    predicate: str
    iri: str
    target: Target | None
    identifier: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which links are wanted: of a linkset, to a dataset, of one of our things; of all, if empty.

    ``linkset`` is an IRI or the name of a batch, ``target`` the key or host of a dataset.
    """

    linkset: str = ""
    target: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """The linksets, and page ``number`` of the ``total`` links that are wanted."""

    linksets: Sequence[Linkset]
    total: int
    number: int
    links: Sequence[tuple[ListedLink, Link]]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))

    @property
    def datasets(self) -> Sequence[str]:
        return sorted(datasets_of(self.linksets))

    @property
    def iris(self) -> Sequence[str]:
        """What is called by its name here."""
        subjects = {iri for _, link in self.links for iri in (link.subject, link.predicate)}
        return sorted(
            subjects | {count.predicate for each in self.linksets for count in each.counts}
        )


def read_linksets(engine: Engine, release: Release, *, seconds: float) -> list[Linkset]:
    """The linksets of a release, by name."""
    counts: dict[str, list[LinkCount]] = defaultdict(list)
    for row in rows_of(engine, "link-counts", seconds=seconds):
        found = LinkCount(
            text_of(row["predicate"]), dataset_of(text_of(row["place"])), int(text_of(row["links"]))
        )
        counts[text_of(row["linkset"])].append(found)
    graphs: dict[str, str] = {}
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(engine, "linksets", seconds=seconds):
        linkset = text_of(row["linkset"])
        graphs[linkset] = text_of(row["graph"])
        said[linkset][text_of(row["property"])].append(text_of(row["value"]))
    return [
        Linkset(
            iri=linkset,
            name=graph.removeprefix(DATA_GRAPHS),
            graph=graph,
            said=said[linkset],
            counts=counts[linkset],
            imported=release.manifest.batches.get(graph),
        )
        for linkset, graph in sorted(graphs.items())
    ]


def list_links(
    engine: Engine, wanted: Wanted, linksets: Sequence[Linkset], *, seconds: float
) -> list[ListedLink]:
    """The links that are wanted, in order.  Raises NotFound for a linkset or dataset of no link,
    BadParameter for a subject that is no IRI.
    """
    bindings = {"linkset": _linkset_named(wanted.linkset, linksets)} if wanted.linkset else {}
    if wanted.target and wanted.target not in datasets_of(linksets):
        near = ", ".join(datasets_of(linksets))
        raise NotFound(what=Text("数据集", "dataset"), name=wanted.target, near=near)
    if wanted.subject:
        bindings["subject"] = _subject(wanted.subject)
    listed = (
        ListedLink(*(text_of(row[name]) for name in ("link", "linkset", "subject", "object")))
        for row in rows_of(engine, "link-order", bindings, seconds=seconds)
    )
    return [
        link for link in listed if not wanted.target or dataset_of(link.object) == wanted.target
    ]


def _linkset_named(name: str, linksets: Sequence[Linkset]) -> NamedNode:
    """The linkset of that IRI or batch."""
    for linkset in linksets:
        if name in (linkset.iri, linkset.name):
            return NamedNode(linkset.iri)
    near = ", ".join(linkset.name for linkset in linksets)
    raise NotFound(what=Text("链接集", "linkset"), name=name, near=near)


def _subject(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        raise BadParameter(
            name="subject",
            reason=Text(f"“{iri}”不是完整的 IRI", f"'{iri}' is not an absolute IRI"),
            allowed=Text("本数据集中一个事物的 IRI", "the IRI of a thing of this dataset"),
        ) from None


def read_link_page(
    engine: Engine, release: Release, wanted: Wanted, number: int, *, seconds: float
) -> LinkPage:
    """The linksets of a release, and one page of the links that are wanted.

    Raises NotFound or BadParameter.
    """
    linksets = read_linksets(engine, release, seconds=seconds)
    listed = list_links(engine, wanted, linksets, seconds=seconds)
    shown = listed[(number - 1) * PAGE : number * PAGE]
    links = read_links(engine, shown, seconds=seconds)
    return LinkPage(
        linksets=linksets,
        total=len(listed),
        number=number,
        links=list(zip(shown, links, strict=True)),
    )


def read_links(engine: Engine, listed: Sequence[ListedLink], *, seconds: float) -> list[Link]:
    """What is told of some links, in the same order."""
    nodes = [NamedNode(link.iri) for link in listed]
    query = Query(page_query("links"), values={"link": nodes})
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows_in(engine.query(query, seconds=seconds)) if nodes else ():
        told[text_of(row["link"])].append(row)
    return [_link(told[link.iri]) for link in listed]


def _link(rows: Sequence[Row]) -> Link:
    slots: dict[str, str] = dict.fromkeys(("subject", "predicate", "object", "justification"), "")
    see_also: list[str] = []
    for row in rows:
        property_, value = text_of(row["property"]), text_of(row["value"])
        if property_ == _SEE_ALSO:
            see_also.append(value)
        elif property_ in _SLOTS:
            slots[_SLOTS[property_]] = value
    return Link(**slots, see_also=tuple(see_also))


def outward(thing: Thing) -> tuple[list[OutwardLink], Mapping[str, Sequence[Statement]]]:
    """Where else a thing is, and what else is said of it."""
    rest = dict(thing.statements)
    found: list[OutwardLink] = []
    for predicate in LINK_PREDICATES:
        statements = rest.pop(predicate, ())
        away = [each for each in statements if _leads_away(each.term)]
        found += (_outward(predicate, text_of(each.term)) for each in away)
        if kept := [each for each in statements if each not in away]:
            rest[predicate] = kept
    return found, rest


def _leads_away(term: Term) -> bool:
    return (
        isinstance(term, NamedNode)
        and not term.value.startswith(BASE)
        and bool(dataset_of(term.value))
    )


def _outward(predicate: str, iri: str) -> OutwardLink:
    target = target_of(iri)
    identifier = target.identifier(iri) if target else None
    return OutwardLink(predicate, iri, target if identifier else None, identifier or "")


def datasets_of(linksets: Sequence[Linkset]) -> Iterator[str]:
    """The datasets that linksets lead to, each once."""
    yield from dict.fromkeys(count.dataset for each in linksets for count in each.counts)
