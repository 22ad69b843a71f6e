"""SPARQL constraints prepared once: rdflib parses a query anew each time that it is put.

pyshacl puts the query of a constraint for every focus node (SHACL §5.3), and parsing it takes
longer than answering it.  rdflib finds its query processor as a plug-in of the name "sparql";
:func:`use_prepared_queries` puts one in that place which remembers what it has parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rdflib import plugin
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Processor
from rdflib.term import Identifier

_MOST = 256


class PreparingProcessor(SPARQLProcessor):
    """rdflib's own processor, given queries that are parsed already."""

    def query(  # type: ignore[override]  # as its parent has it
        self,
        strOrQuery: str | Query,  # noqa: N803 (rdflib's name)
        initBindings: Mapping[str, Identifier] | None = None,  # noqa: N803
        initNs: Mapping[str, Any] | None = None,  # noqa: N803
        base: str | None = None,
        DEBUG: bool = False,  # noqa: N803
    ) -> Mapping[str, Any]:
        """What rdflib's processor gives."""
        if isinstance(strOrQuery, str):
            prefixes = sorted((prefix, str(iri)) for prefix, iri in (initNs or {}).items())
            strOrQuery = _prepared(strOrQuery, tuple(prefixes), base)  # noqa: N806
        return super().query(strOrQuery, initBindings, initNs, base, DEBUG)


@lru_cache(_MOST)
def _prepared(text: str, prefixes: tuple[tuple[str, str], ...], base: str | None) -> Query:
    return prepareQuery(text, initNs=dict(prefixes), base=base)


def use_prepared_queries() -> None:
    """Has every query of rdflib in this process parsed once only."""
    plugin.register("sparql", Processor, __name__, PreparingProcessor.__name__)
