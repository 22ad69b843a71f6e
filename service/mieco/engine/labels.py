"""The texts of the labels of a loaded release, as the rewriting of queries needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyoxigraph import NamedNode, Quad, QueryResultsFormat, QuerySolutions, Store, Variable

from mieco.delta import Delta
from mieco.engine.rewriting import LabelTexts
from mieco.terms import NAMING

_QUERY = (Path(__file__).parent / "labels.rq").read_text(encoding="utf-8")
_BLANK = re.compile(r"^_:.*\n", re.MULTILINE)
# What is no string: another literal is written without its quotation marks or with its datatype.
_OTHER = re.compile(r'^[^"]|>$', re.MULTILINE)


def labels_of(merged: Store) -> dict[str, LabelTexts]:
    """By property, the labels of a release whose default graph is the merged one.

    A property is left out that has other values than strings and blank nodes.
    """
    texts = {naming: _texts_of(merged, naming) for naming in NAMING}
    return {naming: found for naming, found in texts.items() if found}


def labels_after(
    labels: Mapping[str, LabelTexts], delta: Delta, merged: Store
) -> dict[str, LabelTexts]:
    """The same after a change, which has been made, from those before it."""
    texts: dict[str, LabelTexts | None] = {}
    for naming in NAMING:
        come, gone = (
            [quad for quad in quads if quad.predicate.value == naming]
            for quads in (delta.added, delta.removed)
        )
        texts[naming] = labels.get(naming)
        if known := texts[naming]:
            new = _strings(come, naming)
            old = _strings((quad for quad in gone if not _stands(quad, merged)), naming)
            texts[naming] = None if _OTHER.search(new) else known.changed(_each(old), _each(new))
        elif come or gone:
            texts[naming] = _texts_of(merged, naming)
    return {naming: found for naming, found in texts.items() if found}


def _texts_of(merged: Store, naming: str) -> LabelTexts | None:
    lines = _BLANK.sub("", _lines(merged, naming))
    return None if not lines or _OTHER.search(lines) else LabelTexts(lines)


def _stands(quad: Quad, merged: Store) -> bool:
    """Whether anything still has the value of a quad for its property."""
    found = merged.quads_for_pattern(None, quad.predicate, quad.object, None)
    return next(found, None) is not None


def _strings(quads: Iterable[Quad], naming: str) -> str:
    """The different values of quads of one property, as lines."""
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    return _BLANK.sub("", _lines(store, naming))


def _each(lines: str) -> list[str]:
    return [f"{line}\n" for line in lines.split("\n")[:-1]]


def _lines(store: Store, naming: str) -> str:
    """The values of a property, each as a line as SPARQL writes terms (TSV results §3)."""
    results = store.query(_QUERY, substitutions={Variable("naming"): NamedNode(naming)})
    if not isinstance(results, QuerySolutions):
        raise TypeError("only a SELECT query has rows")
    # Without the heads, and the property before each value: what is substituted must be selected.
    written = (results.serialize(format=QueryResultsFormat.TSV) or b"").decode()
    return written[written.index("\n") :].replace(f"\n<{naming}>\t", "\n")[1:]
