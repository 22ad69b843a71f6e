"""Classes of our own namespace that the ontology does not have: most often a slip of the pen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode, Quad

from mieco.errors import Text
from mieco.findings import Finding
from mieco.intake.batch import Batch
from mieco.terms import MIECO, PREFIXES, RDF_TYPE

_NEAREST = 3
_CLASS = NamedNode(PREFIXES["owl"] + "Class")


def unknown_classes(batch: Batch, ontology: Iterable[Quad]) -> Iterator[Finding]:
    """A violation for each thing of a batch that is said to be of an unknown class."""
    known = {
        quad.subject.value.removeprefix(MIECO)
        for quad in ontology
        if quad.predicate.value == RDF_TYPE and quad.object == _CLASS
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(MIECO)
    }
    # In another case it is the same word to whoever types it.
    by_lower = {each.lower(): each for each in known}
    like: dict[str, str] = {}
    for quad in batch.quads():
        if quad.predicate.value != RDF_TYPE or not isinstance(quad.object, NamedNode):
            continue
        name = quad.object.value.removeprefix(MIECO)
        if name == quad.object.value or name in known or not isinstance(quad.subject, NamedNode):
            continue
        if name not in like:
            close = difflib.get_close_matches(name.lower(), by_lower, n=_NEAREST)
            like[name] = ", ".join(by_lower[each] for each in close) or "—"
        near = like[name]
        yield Finding(
            severity="violation",
            code="class-unknown",
            message=Text(
                f"本体中没有类“{name}”。相近的有：{near}。",
                f"The ontology has no class '{name}'. Like it: {near}.",
            ),
            focus=quad.subject.value,
            path=RDF_TYPE,
            value=quad.object.value,
            origin=batch.origins.find(quad.subject.value, RDF_TYPE),
        )
