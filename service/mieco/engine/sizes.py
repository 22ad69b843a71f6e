"""What a loaded release holds, in numbers, as the rewriting of queries needs it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from mieco.characteristic_sets import CharacteristicSet, changed, of_numbers, set_of
from mieco.engine.rewriting import Characteristics, Sizes
from mieco.stores import is_iri
from mieco.terms import (
    CATALOGUE_GRAPH,
    MIECO,
    ONTOLOGY_GRAPH,
    PREFIXES,
    QUESTIONS_GRAPH,
    RDF_TYPE,
    SHAPES_GRAPH,
)

_CATALOGUE = NamedNode(CATALOGUE_GRAPH)
# What the statistics do not count.
_APART = (_CATALOGUE, NamedNode(SHAPES_GRAPH))
# From what these say nothing is inferred.
_UNREAD = (_CATALOGUE, NamedNode(QUESTIONS_GRAPH))
_TYPE = NamedNode(RDF_TYPE)
_TRANSITIVE = NamedNode(PREFIXES["owl"] + "TransitiveProperty")
_OBJECT_PROPERTY = NamedNode(PREFIXES["owl"] + "ObjectProperty")
_NO_OTHERS = frozenset({DefaultGraph(), *_APART})


def sizes_of(release: Path, manifest: Mapping[str, Any], merged: Store) -> Sizes:
    """The numbers of a release whose default graph is the merged one.

    The statistics beside it leave out its catalogue, which speaks of them; what only that says is
    added here.  Without statistics (a release made before there were any) all numbers are 0.
    """
    try:
        told = json.loads((release / "statistics.json").read_text(encoding="utf-8"))
        properties, classes = Counter(told["properties"]), Counter(told["classes"])
        objects = told.get("objects", {})
        sets = of_numbers(told.get("sets"), list(properties), list(classes))
    except (OSError, ValueError, KeyError, TypeError):
        return Sizes()
    catalogue = list(_of_catalogue_alone(merged))
    sets = changed(sets, _steps(merged, {quad.subject for quad in catalogue}))
    for quad in catalogue:
        properties[quad.predicate.value] += 1
        if quad.predicate.value == RDF_TYPE and isinstance(quad.object, NamedNode):
            classes[quad.object.value] += 1
    graphs = {name: count for name, count in manifest["graphs"].items() if count}
    known = {NamedNode(name) for name in manifest["graphs"]}
    return Sizes(
        triples=sum(properties.values()),
        properties=properties,
        objects=objects,
        classes=classes,
        characteristics=Characteristics(sets, properties),
        graphs=graphs if set(merged.named_graphs()) == known else {},
        exact=all(map(is_iri, (*properties, *classes))),
        closed=frozenset(_closed(merged)) if manifest.get("rules") else frozenset(),
    )


def _closed(merged: Store) -> Iterator[str]:
    """The properties that tie a transitive relation in the default graph of an inferred release.

    Inference reads all graphs but a few, and writes all that follows for our own properties.
    """
    ontology = NamedNode(ONTOLOGY_GRAPH)
    found = merged.quads_for_pattern(None, _TYPE, _TRANSITIVE, ontology)
    for prop in (quad.subject for quad in found):
        is_object_property = Quad(prop, _TYPE, _OBJECT_PROPERTY, ontology) in merged
        if isinstance(prop, NamedNode) and prop.value.startswith(MIECO) and is_object_property:
            unread = (merged.quads_for_pattern(None, prop, None, graph) for graph in _UNREAD)
            if not any(next(quads, None) for quads in unread):
                yield prop.value


def _steps(
    merged: Store, subjects: Iterable[NamedNode | BlankNode | Triple]
) -> Iterator[tuple[CharacteristicSet | None, CharacteristicSet | None]]:
    """What subjects have without the catalogue, and with it."""
    for subject in subjects:
        quads = list(merged.quads_for_pattern(subject, None, None, None))
        yield (
            set_of(quad for quad in quads if quad.graph_name not in _NO_OTHERS),
            set_of(quad for quad in quads if quad.graph_name == DefaultGraph()),
        )


def _of_catalogue_alone(merged: Store) -> Iterator[Quad]:
    """The quads of the catalogue whose triples stand in no other graph of the default one."""
    for quad in merged.quads_for_pattern(None, None, None, _CATALOGUE):
        found = merged.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        if all(other.graph_name in _NO_OTHERS for other in found):
            yield quad
