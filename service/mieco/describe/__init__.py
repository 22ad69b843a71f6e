"""What a release says of itself, in its catalogue graph: VoID, DCAT-AP and PROV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, Store

from mieco.describe.dcat import describe_catalogue
from mieco.describe.provenance import describe_import, describe_inference
from mieco.describe.statements import term
from mieco.describe.statistics import Statistics, is_ours
from mieco.describe.void import describe_dataset, describe_document
from mieco.inference import Inferred
from mieco.manifest import Imported
from mieco.terms import RDF_TYPE

# Of each of these a release shows an example.
_EXAMPLES = (
    *("mieco:Consortium", "mieco:IndustrialPark", "mieco:EducationProvider", "mieco:Enterprise"),
    *("mieco:PublicBody", "mieco:Source", "skos:Concept"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """How a release came about.

    ``before`` is the number of the release that it was made from; ``batches`` says where the
    graphs that hold a batch come from.
    """

    number: int
    created: str
    before: int | None
    inferred: Inferred
    batches: Mapping[str, Imported]


def describe_release(
    made: Made, statistics: Statistics, store: Store, address: str
) -> Iterator[Quad]:
    """The catalogue of a release; ``address`` is where the service is reached, with a slash."""
    yield from describe_document()
    yield from describe_dataset(made.number, statistics, _examples(store), address)
    yield from describe_catalogue(made.number, made.created, made.before, address)
    graphs = [name for name in statistics.graphs if name]
    yield from describe_inference(made.number, made.created, made.inferred, graphs)
    for name, batch in sorted(made.batches.items()):
        yield from describe_import(NamedNode(name), batch)


def _examples(store: Store) -> Iterator[NamedNode]:
    """Things of ours that are really there, one of each of some kinds."""
    for kind in _EXAMPLES:
        for quad in store.quads_for_pattern(None, NamedNode(RDF_TYPE), term(kind), None):
            if isinstance(quad.subject, NamedNode) and is_ours(quad.subject):
                yield quad.subject
                break
