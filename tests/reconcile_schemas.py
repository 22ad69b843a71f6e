"""The published JSON schemas of the Reconciliation Service API, to hold answers against."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_FOLDER = Path(__file__).parent / "reconciliation-api"


@cache
def _registry(version: str) -> Registry[Any]:
    resources = [
        Resource(json.loads(path.read_text(encoding="utf-8")), DRAFT202012)
        for path in (_FOLDER / version).glob("*.json")
    ]
    return Registry().with_resources((str(each.id()), each) for each in resources)


def check(document: Any, name: str, version: str = "0.2") -> Any:
    """The document, which is proven to be valid against the schema of that name."""
    schema = json.loads((_FOLDER / version / f"{name}.json").read_text(encoding="utf-8"))
    schema.pop("$schema")
    Draft202012Validator(schema, registry=_registry(version)).validate(document)
    return document
