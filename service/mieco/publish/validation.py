"""A batch checked in the context of what it refers to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from pyoxigraph import NamedNode, Store

from mieco import content
from mieco.check.shacl import check
from mieco.check.validator import Rules
from mieco.check.vocabulary import unknown_classes
from mieco.findings import Finding
from mieco.intake.batch import Batch
from mieco.intake.triple_file import TripleFile
from mieco.neighbourhood import INVERSE, Facts
from mieco.progress import Progress
from mieco.publish.own import parse_files
from mieco.terms import (
    CATALOGUE_GRAPH,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    QUESTIONS_GRAPH,
    SHAPES_GRAPH,
)

NOT_DATA = frozenset(
    map(NamedNode, (ONTOLOGY_GRAPH, SHAPES_GRAPH, QUESTIONS_GRAPH, INFERRED_GRAPH, CATALOGUE_GRAPH))
)


def validate(batch: Batch, published: Sequence[Store], progress: Progress) -> Iterator[Finding]:
    """What the shapes say of the things of a batch, and the classes in it that are unknown.

    ``published`` has what the batch may refer to; what its graph holds there does not count.
    """
    ontology = content.ontology_files().loaded
    yield from unknown_classes(batch, parse_files(ontology, ONTOLOGY_GRAPH))
    with contextlib.closing(TripleFile(batch.file, INVERSE)) as triples:
        facts = Facts(triples, published, NOT_DATA | {batch.graph})
        rules = Rules(content.shape_files(), ontology)
        yield from check(batch, triples.things, facts.describe, rules, progress)
