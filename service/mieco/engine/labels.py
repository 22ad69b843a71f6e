"""The texts of the labels of a loaded release, as the rewriting of queries needs them."""

from __future__ import annotations

import re
from pathlib import Path

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Store, Variable

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
    found = {}
    for naming in NAMING:
        lines = _BLANK.sub("", _lines(merged, naming))
        if lines and not _OTHER.search(lines):
            found[naming] = LabelTexts(lines)
    return found


def _lines(store: Store, naming: str) -> str:
    """The values of a property, each as a line as SPARQL writes terms (TSV results §3)."""
    results = store.query(_QUERY, substitutions={Variable("naming"): NamedNode(naming)})
    if not isinstance(results, QuerySolutions):
        raise TypeError("only a SELECT query has rows")
    # Without the heads, and the property before each value: what is substituted must be selected.
    written = (results.serialize(format=QueryResultsFormat.TSV) or b"").decode()
    return written[written.index("\n") :].replace(f"\n<{naming}>\t", "\n")[1:]
