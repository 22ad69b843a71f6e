"""RDF as JSON-LD that people can read: short names, whose meaning a published context gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from mieco.terms import RDF_TYPE, XSD

# What the context is called here, wherever it is published.
_CONTEXT = "context:mieco"

_Node = dict[str, Any]


class Compactor:
    """Writes JSON-LD with the names of one context (JSON-LD 1.1 API §5.6, Compaction)."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._context = context
        # PyLD's caches are not made for threads.
        self._lock = threading.Lock()
        self._resolved: dict[str, Any] = {}

    def write(self, triples: Iterable[Triple], first: str, address: str) -> bytes | None:
        """A document of these triples that refers to the context by its address.

        The node of the IRI ``first`` comes first.  ``None`` where a name of the context would be
        mistaken, as where the scheme of an IRI is spelt like one of its prefixes.
        """
        from pyld import jsonld  # slow to import

        nodes = _expanded(triples)
        nodes.sort(key=lambda node: (node["@id"] != first, node["@id"]))
        with self._lock:
            try:
                document = jsonld.compact(nodes, _CONTEXT, self._options())
            except jsonld.JsonLdError:
                return None
        document["@context"] = address
        return json.dumps(document, ensure_ascii=False, indent=2).encode()

    def _options(self) -> dict[str, Any]:
        from pyld.context_resolver import ContextResolver

        return {
            "graph": True,  # the same form for one node and for many
            "base": "",
            "documentLoader": self._load,
            "contextResolver": ContextResolver(self._resolved, self._load),
        }

    def _load(self, url: str, _: object) -> dict[str, Any]:
        """The context at hand: nothing is fetched."""
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": {"@context": dict(self._context)},
            "tag": "static",
        }


def _expanded(triples: Iterable[Triple]) -> list[_Node]:
    """The nodes of a graph in expanded form (JSON-LD 1.1 API §7.2, but lists stay as they are).

    Written here, since PyLD's own reader of N-Quads leaves some escapes as they are and writes
    the texts of JSON literals anew.
    """
    nodes: dict[str, _Node] = {}
    for triple in sorted(triples, key=str):
        subject = _name(triple.subject)
        node = nodes.setdefault(subject, {"@id": subject})
        if triple.predicate.value == RDF_TYPE and not isinstance(triple.object, Literal):
            node.setdefault("@type", []).append(_name(triple.object))
        else:
            node.setdefault(triple.predicate.value, []).append(_value(triple.object))
    return list(nodes.values())


def _name(term: NamedNode | BlankNode | Triple) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _value(term: NamedNode | BlankNode | Literal | Triple) -> _Node:
    if not isinstance(term, Literal):
        return {"@id": _name(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == XSD + "string":
        return {"@value": term.value}
    return {"@value": term.value, "@type": term.datatype.value}
