"""How the command speaks: in the reader's language, and on standard error."""

from __future__ import annotations

import os

import click

from mieco.engine.base import Entailment
from mieco.errors import Language, Text
from mieco.present.language import as_language


def language() -> Language:
    """The language of the command: ``MIECO_LANGUAGE``, else the locale's, else English."""
    named = os.environ.get("MIECO_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    return as_language((named or "").split("_")[0]) or "en"


def say(text: Text) -> None:
    """Says something to the person, beside the data."""
    click.echo(f"mieco: {text.in_(language())}", err=True)


def say_facts(used: Entailment) -> None:
    """Says which facts an answer rests on, where some are left out."""
    match used:
        case "asserted":
            say(Text("只依据写明的事实", "this rests on asserted facts alone"))
        case "inferred":
            say(Text("只依据推理得出的事实", "this rests on inferred facts alone"))
