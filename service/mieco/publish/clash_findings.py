"""Contradictions to the ontology as findings at the cells that they rest on."""

from __future__ import annotations

from mieco.engine.base import text_of
from mieco.findings import Finding
from mieco.intake.batch import Batch
from mieco.reason.clashes import Clash


def as_finding(clash: Clash, batch: Batch) -> Finding:
    """A contradiction as a violation, at the first cell that it rests on."""
    facts = [leaf.fact for leaf in clash.facts]
    cells = [(text_of(fact.subject), fact.predicate.value) for fact in facts]
    origins = [origin for cell in cells if (origin := batch.origins.find(*cell))]
    focus, path = cells[0] if cells else ("", "")
    return Finding(
        severity="violation",
        code="axiom",
        message=clash.account,
        origin=origins[0] if origins else None,
        focus=focus,
        path=path,
    )
