"""What a template is made from."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import DCTERMS, OWL, Graph, URIRef

from mieco import content
from mieco.check.validator import read_turtle
from mieco.errors import BadInstallation, Text
from mieco.intake.specification import Specification, read_specification
from mieco.template.plan import Sheet, plan
from mieco.terms import BASE

Rows = Sequence[Mapping[str, str | int | float]]

_ONTOLOGY = URIRef(BASE + "ontology")
# Registers that a workbook refers to without having a sheet for them.
_PUBLISHED = ("indicators", "policies")


@dataclass(frozen=True, slots=True)
class Template:
    """A plan of the sheets, the rows of the filled example, and of which version they are."""

    sheets: tuple[Sheet, ...]
    example: Mapping[str, Rows]
    version: str
    date: dt.date


def template_of(
    specification: Specification,
    ontology: Graph,
    shapes: Graph,
    published: Mapping[str, Sequence[Text]],
    example: Mapping[str, Rows],
) -> Template:
    """A template; ``published`` names the things to choose from beyond the workbook."""
    return Template(
        plan(specification, ontology, shapes, published),
        example,
        str(ontology.value(_ONTOLOGY, OWL.versionInfo)),
        dt.date.fromisoformat(str(ontology.value(_ONTOLOGY, DCTERMS.modified))),
    )


def installed_template() -> Template:
    """The template of the ontology, shapes and tables that come with mieco.

    Raises :class:`~mieco.errors.BadInstallation` if they are not as they must be.
    """
    data = content.folder("data")
    return template_of(
        read_specification(data / "workbook.toml"),
        read_turtle(content.ontology_files().modules),
        # The conditions of policy, in a folder below, are for a dossier to meet, not a form.
        read_turtle(sorted(content.folder("shapes").glob("*.ttl"))),
        {register: _names(data / f"{register}.csv") for register in _PUBLISHED},
        read_example(data / "example-workbook.toml"),
    )


def read_example(path: Path) -> Mapping[str, Rows]:
    """The rows of the filled example by sheet.  Raises BadInstallation."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInstallation(part=path.name, reason=str(error)) from error


def _names(path: Path) -> tuple[Text, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Text(row["name_zh"] or row["key"], row["name_en"]) for row in csv.DictReader(file)
        )
