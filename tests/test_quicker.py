"""pyshacl made quicker: the results are those that it finds itself."""

from __future__ import annotations

import random
from collections import Counter

import pyshacl.shape
import pytest
from pyshacl import validate
from rdflib import RDF, BNode, Graph
from rdflib.namespace import SH

from mieco import content
from mieco.check.quicker import PropertyOfAll, make_quicker
from mieco.check.validator import read_turtle

PREFIXES = """
    @prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# A shape within a property shape is put to a value once for each node that has the value.
SHAPES = """
:A a sh:NodeShape ; sh:targetClass :C ; sh:property :B, :D, :E, :F, :G ; sh:nodeKind sh:IRI .
:B a sh:PropertyShape ; sh:path :p ; sh:minCount 1 ; sh:maxCount 2 ; sh:datatype xsd:integer .
:D a sh:PropertyShape ; sh:path :q ; sh:class :C ; sh:property :H .
:H a sh:PropertyShape ; sh:path :p ; sh:minCount 3 .
:E a sh:PropertyShape ; sh:path rdfs:label ; sh:qualifiedMinCount 1 ;
   sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:uniqueLang true .
:F a sh:PropertyShape ; sh:path :q ; sh:node [ sh:property [ sh:path :p ; sh:hasValue 1 ] ] .
:G a sh:PropertyShape ; sh:path :q ; sh:severity sh:Warning ;
   sh:sparql [ sh:message "no further than this" ; sh:prefixes :P ;
               sh:select "SELECT $this ?value { $this $PATH ?value . ?value $PATH ?more }" ] .
:P sh:declare [ sh:prefix "e" ; sh:namespace "http://e/"^^xsd:anyURI ] .
"""
FACTS = """
:a a :C ; :p 1 ; :q :c, :d ; rdfs:label "a"@en, "b"@en .
:b a :C ; :p 1, 2, 3 ; :q :c ; rdfs:label "b"@zh .
:c a :C ; :q :a, :e . :d :p "x" . :e a :C ; :p "y" . [] a :C ; :q :d .
"""


def results(facts: Graph, shapes: Graph) -> Counter[tuple[str, ...]]:
    """What each result says, and how often; what it says of a blank node, but not its name."""
    _, report, _ = validate(facts, shacl_graph=shapes, inference="none")
    assert isinstance(report, Graph)
    return Counter(
        tuple(
            sorted(
                f"{said.fragment} {'_' if isinstance(value, BNode) else value.n3()}"
                for said, value in report.predicate_objects(result)
                # Of a message in two languages of a SPARQL constraint pyshacl gives either.
                if said != SH.resultMessage
            )
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def both(
    monkeypatch: pytest.MonkeyPatch, facts: Graph, shapes: Graph
) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """The results of pyshacl itself, and those of the quicker one."""
    monkeypatch.delattr(pyshacl.shape, "CONSTRAINT_PARAMS", raising=False)
    slow = results(facts, shapes)
    used: list[object] = []
    put = PropertyOfAll._evaluate_property_shape
    monkeypatch.setattr(
        PropertyOfAll,
        "_evaluate_property_shape",
        lambda *arguments: (used.append(arguments[0]), put(*arguments))[1],
    )
    make_quicker()
    quick = results(facts, shapes)
    assert used, "pyshacl no longer looks where ours is put"
    return slow, quick


def test_every_kind_of_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, shapes = Graph(), Graph()
    facts.parse(data=PREFIXES + FACTS, format="turtle")
    shapes.parse(data=PREFIXES + SHAPES, format="turtle")
    slow, quick = both(monkeypatch, facts, shapes)
    assert quick == slow
    kinds = {said for result in quick for said in result if said.startswith("sourceConstraintC")}
    assert len(kinds) == 10


def test_our_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the ontology as data, a part of which is left out and a part put out of place."""
    chance = random.Random(7)
    whole = sorted(read_turtle(content.ontology_files().loaded))
    facts = Graph()
    for s, p, o in whole:
        if chance.random() > 0.3:
            facts.add((s, p, o if chance.random() > 0.02 else chance.choice(whole)[2]))
    slow, quick = both(monkeypatch, facts, read_turtle(content.shape_files()))
    assert quick == slow
    assert quick.total() > 20
