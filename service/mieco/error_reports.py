"""Errors as JSON, to cross from one process to another."""

from __future__ import annotations

from typing import Any

from mieco import errors
from mieco.errors import MiecoError, Text

# The setting that says where the data are.
_DATA = "MIECO_DATA"


def to_report(error: MiecoError) -> dict[str, object]:
    """An error as JSON."""
    facts = {
        name: {"zh": fact.zh, "en": fact.en} if isinstance(fact, Text) else fact
        for name, fact in error.facts.items()
    }
    return {"error": type(error).__name__, "facts": facts}


def from_report(report: dict[str, Any]) -> MiecoError:
    """The inverse of :func:`to_report`."""
    kind: type[MiecoError] = getattr(errors, report["error"])
    facts = {
        name: Text(**fact) if isinstance(fact, dict) else fact
        for name, fact in report["facts"].items()
    }
    return kind(**facts)


def public(error: MiecoError) -> MiecoError:
    """The same error for who is not the operator: without where the data are on this machine."""
    folder = error.facts.get("folder")
    if not isinstance(folder, str):
        return error
    told = {
        name: fact.replace(folder, _DATA) if isinstance(fact, str) else fact
        for name, fact in error.facts.items()
    }
    return type(error)(**{**told, "folder": _DATA})
