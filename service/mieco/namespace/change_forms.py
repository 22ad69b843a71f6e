"""The changes from one version of the ontology to another, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mieco.namespace.axiom_words import Axiom
from mieco.namespace.version_changes import TermChange, VersionChanges


def changes_as_json(changes: VersionChanges) -> dict[str, Any]:
    """All changes, the terms by their IRIs."""
    return {
        "before": changes.before,
        "after": changes.after,
        "added": list(changes.added),
        "removed": list(changes.removed),
        "deprecated": [
            {"iri": iri, "replaced_by": other or None} for iri, other in changes.deprecated.items()
        ],
        "changed": [_change(change, changes) for change in changes.changed.values()],
        "general_axioms": {
            "removed": list(changes.general_lost),
            "added": list(changes.general_gained),
        },
    }


def _change(change: TermChange, changes: VersionChanges) -> dict[str, Any]:
    return {
        "iri": change.iri,
        "texts": [
            {
                "property": text.property,
                "language": text.language,
                "before": list(text.before),
                "after": list(text.after),
            }
            for text in change.texts
        ],
        "axioms": {
            "removed": _axioms(change.axioms_lost, changes),
            "added": _axioms(change.axioms_gained, changes),
        },
        "statements": {"removed": list(change.lost), "added": list(change.gained)},
    }


def _axioms(axioms: Sequence[Axiom], changes: VersionChanges) -> list[dict[str, str]]:
    return [
        {
            "manchester": axiom.formal,
            "zh": axiom.words.text("zh", changes.labels),
            "en": axiom.words.text("en", changes.labels),
        }
        for axiom in axioms
    ]
