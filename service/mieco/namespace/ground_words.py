"""In a sentence, what a fact was inferred by: an axiom of the ontology, or a rule beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rdflib import RDFS, Literal, URIRef

from mieco import content
from mieco.curate.modules import united
from mieco.errors import Text
from mieco.headers import read_query_file
from mieco.inference import rule_files
from mieco.namespace.axiom_words import AxiomWriter
from mieco.namespace.phrases import Phrase
from mieco.reason.rule import Axiom


def ground_in_words(axiom: Axiom) -> Text | None:
    """What an axiom that rules were made from says.

    ``None`` for what the installed ontology does not have, as the axioms of older releases or of
    others, and for assertions about individuals.  Raises BadInstallation.
    """
    if axiom.kind == "Query":
        return _rules().get(axiom.text)
    writer, labels = _installed()
    said = _said(writer, axiom) if axiom.about else None
    return Text(said.text("zh", labels), said.text("en", labels)) if said else None


def _said(writer: AxiomWriter, axiom: Axiom) -> Phrase | None:
    if axiom.kind != "Classification":
        return writer.said(axiom.about[0], axiom.text)
    heads = (rule.head for rule in axiom.rules)
    above = next(head.predicate for head in heads if head and len(head.arguments) == 1)
    return writer.subclass(URIRef(axiom.about[0]), URIRef(above))


@lru_cache(1)
def _installed() -> tuple[AxiomWriter, Mapping[str, Text]]:
    """Who writes the axioms, those too that tie the ontology to others; what its terms are called.

    A version of the ontology, as its pages show it, lacks the former.
    """
    graph = united(content.ontology_files().loaded)
    names: dict[str, dict[str | None, str]] = {}
    for term, label in graph.subject_objects(RDFS.label):
        if isinstance(label, Literal):
            names.setdefault(str(term), {})[label.language] = str(label)
    labels = {term: Text(said.get("zh", ""), said.get("en", "")) for term, said in names.items()}
    return AxiomWriter(graph, labels), labels


@lru_cache(1)
def _rules() -> Mapping[str, Text]:
    """What each file of ``queries/rules/`` says of itself."""
    return {path.name: read_query_file(path, _told) for path in rule_files()}


def _told(header: Mapping[str, Any], _: str) -> Text:
    return Text(header["zh"], header["en"])
