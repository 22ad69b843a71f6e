"""Engines that others make, as far as they differ from the specifications or say more than these.

Which of them were tried, and which are told from their manuals alone, says docs/remote-engines.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from mieco.engine.doubts import doubts_of_virtuoso
from mieco.errors import BadSetting, Text
from mieco.setting_checks import variable
from mieco.terms import XSD


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of engine.

    ``signature`` stands in the Server header of its answers.  ``update`` says how its address for
    updates is made of that for queries: the end that is replaced, and by what.  ``deadline`` is
    the parameter by which it is told how long a query may take, and in what part of a second.
    ``partial`` is the header, and how its value begins, that marks an answer as incomplete.
    ``late`` stands in the words of an error where a query took too long.
    ``faithful``: its results are as the formats have them, and need not be written anew.
    ``spellings`` are words of its JSON results, and how these should be spelt.
    ``doubts`` says why a query may be answered wrongly there; then our own engine answers it.
    ``ours``: it is a mieco, whose default graph is the merged one, and which writes by itself.
    ``read_only``: what it holds was put there by others.
    ``batch`` is how many triples it takes in one update, ``blank_batch`` of those with blank nodes.
    """

    name: str
    signature: str = ""
    update: tuple[str, str] = ("", "")
    deadline: tuple[str, float] | None = None
    partial: tuple[str, str] | None = None
    late: str = ""
    faithful: bool = True
    spellings: Mapping[bytes, bytes] = field(default_factory=dict)
    doubts: Callable[[str], Sequence[str]] | None = None
    ours: bool = False
    read_only: bool = False
    batch: int = 20_000
    blank_batch: int = 20_000

    def update_address(self, query: str) -> str:
        """Where updates go, given where queries go."""
        end, instead = self.update
        return query.removesuffix(end) + instead if end and query.endswith(end) else query


UNKNOWN: Final = Product("SPARQL")
# No text holds these words: within one the quotation marks would be escaped.
_TRUTH = f'"datatype": "{XSD}boolean", "value": "'.encode()
_TRUTHS: Final = {_TRUTH + b'1"': _TRUTH + b'true"', _TRUTH + b'0"': _TRUTH + b'false"'}
PRODUCTS: Final[Mapping[str, Product]] = {
    "sparql": UNKNOWN,
    "oxigraph": Product("Oxigraph", "Oxigraph/", ("/query", "/update")),
    # Its numbers come back in other spellings of the same value, and its JSON says 1 for true; with
    # a deadline it gives what it has found by then (anytime queries).
    "virtuoso": Product(
        "Virtuoso",
        "Virtuoso/",
        deadline=("timeout", 1000),
        partial=("X-SQL-State", "S1TAT"),
        late="S1T00",
        faithful=False,
        spellings=_TRUTHS,
        doubts=doubts_of_virtuoso,
        batch=2_000,
        blank_batch=400,
    ),
    "fuseki": Product(
        "Fuseki", "Fuseki", ("/sparql", "/update"), deadline=("timeout", 1), late="timed out"
    ),
    "graphdb": Product("GraphDB", "GraphDB", ("", "/statements"), deadline=("timeout", 1)),
    "stardog": Product("Stardog", "Stardog", ("/query", "/update"), deadline=("timeout", 1000)),
    "neptune": Product("Amazon Neptune"),
    "qlever": Product("QLever", read_only=True),
    "ontop": Product("Ontop", read_only=True),
    "mieco": Product("mieco", deadline=("timeout", 1), ours=True),
}


def product_of(kind: str, headers: Message) -> Product:
    """The engine that is set, or that the headers of its answer tell.  Raises BadSetting."""
    if kind:
        if kind not in PRODUCTS:
            words = ", ".join(PRODUCTS)
            raise BadSetting(
                name=variable("engine_kind"),
                value=kind,
                reason=Text(f"应为 {words} 之一", f"must be one of {words}"),
            )
        return PRODUCTS[kind]
    if "Mieco-Release" in headers:
        return PRODUCTS["mieco"]
    server = headers.get("Server", "")
    named = (p for p in PRODUCTS.values() if p.signature and p.signature in server)
    return next(named, UNKNOWN)
