"""Engines that others make, as far as they differ from the specifications or say more than these.

Which of them were tried, and which are told from their manuals alone, says docs/remote-engines.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Final

from mieco.engine.doubts import doubts_of_virtuoso
from mieco.errors import BadSetting, Text
from mieco.setting_checks import variable


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of engine.

    ``signature`` stands in the Server header of its answers, or ``header`` is one of theirs.
    ``update`` says how its address for updates is made of that for queries: the end that is
    replaced, and by what.  ``deadline`` is the parameter by which it is told how long a query may
    take, how many of its units are a second, and how it writes the unit.
    ``partial`` is the header, and how its value begins, that marks an answer as incomplete.
    ``late`` stands in the words of an error where a query took too long.
    ``faithful``: its results are as the formats have them, its values spelt as ours are, so that
    nothing need be written anew.
    ``doubts`` says why a query may be answered wrongly there; then our own engine answers it.
    ``ours``: it is a mieco, whose default graph is the merged one, and which writes by itself.
    ``read_only``: what it holds was put there by others.
    ``batch`` is how many triples it takes in one update, ``blank_batch`` of those with blank nodes.
    """

    name: str
    signature: str = ""
    header: str = ""
    update: tuple[str, str] = ("", "")
    deadline: tuple[str, int, str] | None = None
    partial: tuple[str, str] | None = None
    late: str = ""
    faithful: bool = True
    doubts: Callable[[str], Sequence[str]] | None = None
    ours: bool = False
    read_only: bool = False
    batch: int = 20_000
    blank_batch: int = 20_000

    def update_address(self, query: str) -> str:
        """Where updates go, given where queries go."""
        end, instead = self.update
        return query.removesuffix(end) + instead if query.endswith(end) else query


UNKNOWN: Final = Product("MIECO_ENGINE")
PRODUCTS: Final[Mapping[str, Product]] = {
    "sparql": UNKNOWN,
    "oxigraph": Product("Oxigraph", "Oxigraph/", update=("/query", "/update")),
    # Its JSON says 1 for true, and with a deadline it gives what it has found by then.
    "virtuoso": Product(
        "Virtuoso",
        "Virtuoso/",
        deadline=("timeout", 1000, ""),
        partial=("X-SQL-State", "S1TAT"),
        late="S1T00",
        faithful=False,
        doubts=doubts_of_virtuoso,
        batch=2_000,
        blank_batch=400,
    ),
    "fuseki": Product(
        "Fuseki",
        header="Fuseki-Request-Id",
        update=("/sparql", "/update"),
        deadline=("timeout", 1, ""),
        late="timed out",
        faithful=False,  # it writes decimals as 50.0
    ),
    "graphdb": Product(
        "GraphDB",
        "GraphDB",
        update=("", "/statements"),
        deadline=("timeout", 1, ""),
        late="took too long",
    ),
    "stardog": Product(
        "Stardog",
        "Stardog",
        update=("/query", "/update"),
        deadline=("timeout", 1000, ""),
        late="QEQOE2",
    ),
    "neptune": Product("Amazon Neptune"),
    "qlever": Product("QLever", deadline=("timeout", 1, "s"), late="timed out", read_only=True),
    "ontop": Product("Ontop", read_only=True),
    "mieco": Product("mieco", header="Mieco-Release", deadline=("timeout", 1, ""), ours=True),
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
    server = headers.get("Server", "")
    named = (
        each
        for each in PRODUCTS.values()
        if (each.header and each.header in headers) or (each.signature and each.signature in server)
    )
    return next(named, UNKNOWN)
