"""Axioms in words, trees and drawings of terms: what is made of a version alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest
from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef

from mieco import content
from mieco.curate.changes import compare as compare_for_notes
from mieco.curate.modules import read_module
from mieco.curate.rules import compiled
from mieco.errors import Text
from mieco.namespace.axiom_words import AxiomWriter
from mieco.namespace.documents import Documents
from mieco.namespace.ground_words import ground_in_words
from mieco.namespace.hierarchy import Hierarchy
from mieco.namespace.modules import draw_module
from mieco.namespace.phrases import with_article
from mieco.namespace.pictures import Picture, width_of
from mieco.namespace.shapes import Shapes
from mieco.namespace.term_page import read_term
from mieco.namespace.term_picture import draw_term
from mieco.namespace.usage import Use
from mieco.namespace.versions import read_versions
from mieco.namespace.vocabulary import Vocabulary
from mieco.present.language import LANGUAGES
from mieco.terms import MIECO

FILES = content.ontology_files()
DOCUMENTS = Documents(read_versions(FILES))
LOGICAL = (
    *(OWL.equivalentClass, RDFS.subClassOf, OWL.disjointWith, RDFS.domain, RDFS.range),
    *(RDFS.subPropertyOf, OWL.inverseOf, OWL.propertyChainAxiom),
)
FORMS = """
    @prefix : <urn:x:> .
    @prefix owl: <http://www.w3.org/2002/07/owl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    :Own rdfs:subClassOf owl:Thing, :Animal,
        [ owl:onProperty :eats ; owl:allValuesFrom :Plant ],
        [ owl:onProperty :eats ; owl:minQualifiedCardinality 2 ; owl:onClass :Plant ],
        [ owl:onProperty :eats ; owl:maxCardinality 1 ],
        [ owl:onProperty :eats ; owl:hasSelf true ],
        [ owl:onProperty [ owl:inverseOf :eats ] ; owl:someValuesFrom owl:Thing ],
        [ owl:complementOf :Plant ],
        [ owl:oneOf ( :a :b ) ] ;
      owl:equivalentClass [ owl:intersectionOf ( :Animal
        [ owl:onProperty :eats ; owl:someValuesFrom :Plant ]
        [ owl:onProperty :eats ; owl:someValuesFrom :Animal ]
        [ owl:onProperty :eats ; owl:hasValue :a ] ) ] ;
      owl:disjointUnionOf ( :Animal :Plant ) ;
      owl:hasKey ( :eats :age ) .
    :eats a owl:FunctionalProperty, owl:InverseFunctionalProperty, owl:SymmetricProperty,
        owl:AsymmetricProperty, owl:ReflexiveProperty, owl:IrreflexiveProperty ;
      owl:equivalentProperty :devours ; owl:propertyDisjointWith :avoids .
    :age rdfs:range xsd:integer .
"""
# A sentence in Chinese, and below it the same in English, in one line or several.
SAID = """
每个猫都是动物。
    Every cat is an animal.
每个猫都如此：它的“吃”中每一个都是植物。
    Of every cat this is true: its 'eats' is in every case a plant.
每个猫都如此：它的“吃”中至少有 2 个植物。
    Of every cat this is true: its 'eats' has at least 2 values that each are a plant.
每个猫都如此：它的“吃”中至多有 1 个值。
    Of every cat this is true: its 'eats' has at most 1 value.
每个猫都如此：它的“吃”中有它自己。
    Of every cat this is true: its 'eats' includes itself.
每个猫都如此：它的“吃”的反向中至少有一个值。
    Of every cat this is true: its inverse of 'eats' has at least one value.
每个猫都如此：它是不是植物的事物。
    Of every cat this is true: it is something that is not a plant.
每个猫都如此：它是“阿”、“贝”之一。
    Of every cat this is true: it is one of 'Ay' or 'Bee'.
一个事物是猫，当且仅当它是动物，且它的“吃”中至少有一个动物和一个植物，且有“阿”。
    Something is a cat if, and only if, it is an animal, and its 'eats' includes an animal
    and a plant and includes 'Ay'.
猫由互不相交的动物和植物组成。
    Every cat is exactly one of these: an animal or a plant.
“吃”和“年龄”都相同的两个猫是同一个。
    Of two things that are each a cat, with the same 'eats' and 'age', both are one and the
    same.
“吃”与“吞食”同义，总是同时成立。
    'eats' and 'devours' mean the same and always hold together.
“吃”与“避开”不能同时成立于同样的两个事物之间。
    'eats' and 'avoids' never hold between the same two things.
一个事物至多有一个“吃”。
    A thing has at most one 'eats'.
一个值至多是一个事物的“吃”。
    A value is the 'eats' of at most one thing.
“吃”是双向的：甲的“吃”是乙，则乙的“吃”也是甲。
    'eats' is symmetric: if the 'eats' of x is y, then the 'eats' of y is x.
“吃”只有一个方向：甲的“吃”是乙，则乙的“吃”不会是甲。
    'eats' is asymmetric: if the 'eats' of x is y, then the 'eats' of y is not x.
每个事物的“吃”都有它自己。
    Everything has itself as 'eats'.
没有事物的“吃”是它自己。
    Nothing has itself as 'eats'.
“年龄”的值都是整数。
    Every value of 'age' is a whole number.
"""
LABELS = {
    f"urn:x:{name}": Text(zh, en)
    for name, zh, en in (
        *(("Own", "猫", "cat"), ("Animal", "动物", "animal"), ("Plant", "植物", "plant")),
        *(("eats", "吃", "eats"), ("age", "年龄", "age"), ("devours", "吞食", "devours")),
        *(("avoids", "避开", "avoids"), ("a", "阿", "Ay"), ("b", "贝", "Bee")),
    )
}


@cache
def current() -> Vocabulary:
    return DOCUMENTS.vocabulary(DOCUMENTS.versions.current.number)


@cache
def use() -> Use:
    """That of a release in which HermiT's classification is inferred, and nothing is recorded."""
    above: dict[str, list[str]] = {}
    for sub, sup in Graph().parse(FILES.classification).subject_objects(RDFS.subClassOf):
        above.setdefault(str(sub), []).append(str(sup))
    return Use(current().version.number, {}, {}, above, Shapes(Graph()))


def sentences() -> Iterator[tuple[str, str]]:
    for pair in re.split(r"\n(?! )", SAID.strip()):
        zh, en = pair.split("\n", 1)
        yield zh, " ".join(en.split())


def test_every_form_of_axiom_has_its_sentence_in_both_languages() -> None:
    writer = AxiomWriter(Graph().parse(data=FORMS, format="turtle"), LABELS)
    axioms = [a for name in ("Own", "eats", "age") for a in writer.about(f"urn:x:{name}")]
    told = {axiom.words.text("zh", LABELS): axiom.words.text("en", LABELS) for axiom in axioms}
    assert told == dict(sentences())


def test_every_axiom_of_ours_is_told_and_reads_like_a_sentence() -> None:
    vocabulary = current()
    for iri in vocabulary.entries:
        this = URIRef(iri)
        axioms = vocabulary.writer.alone(iri)
        stated = {
            (prop, value)
            for prop in LOGICAL
            for value in vocabulary.graph.objects(this, prop)
            if value != OWL.Thing
        }
        inverse = {
            subject
            for prop in (OWL.inverseOf, OWL.disjointWith)
            for subject in vocabulary.graph.subjects(prop, this)
            if not isinstance(subject, BNode)
        }
        kinds = set(vocabulary.graph.objects(this, RDF.type))
        marks = {OWL.TransitiveProperty, OWL.FunctionalProperty, OWL.SymmetricProperty} & kinds
        assert len(axioms) == len(stated) + len(inverse) + len(marks), iri
        for axiom in vocabulary.axioms(iri):
            zh, en = (axiom.words.text(spoken, vocabulary.labels) for spoken in LANGUAGES)
            assert zh.endswith("。"), zh
            assert en.endswith("."), en
            for text in (zh, en):
                assert not set("[]{}#") & set(text), text
                assert "mieco:" not in text, text
                assert "concept/" not in text, text


def test_articles_follow_the_sound() -> None:
    nouns = ("actor", "enterprise", "industry", "university", "unit", "European body", "coding")
    assert [with_article(noun).split()[0] for noun in nouns] == [
        *("an", "an", "an", "a", "a", "a", "a"),
    ]


def test_inferred_places_are_marked_and_replace_the_ones_that_they_make_needless() -> None:
    hierarchy = current().hierarchy("class", use().above)
    assert hierarchy.above(MIECO + "LeadSchool") == {
        MIECO + "EducationProvider": True,
        MIECO + "LeadActor": True,
    }
    assert hierarchy.above(MIECO + "Enterprise") == {MIECO + "CollectiveActor": False}
    assert hierarchy.below(MIECO + "TriSectorConsortium") == {
        MIECO + "HeterogeneousConsortium": True,
        MIECO + "PluralisticallyGovernedConsortium": True,
    }
    # Without inference a defined class stands for itself.
    assert current().hierarchy("class", {}).above(MIECO + "LeadSchool") == {}


def test_trees_show_all_that_is_below_a_term_once() -> None:
    above = {"b": ["a"], "c": ["a"], "d": ["b", "c"], "e": ["d"], "x": ["y"], "y": ["x"]}
    trees = Hierarchy("abcdez", above, {"d": ["a"], "z": ["unknown"]}).trees()
    (a, z) = trees
    assert [branch.iri for branch in a.every()] == ["a", "b", "d", "e", "c", "d"]
    assert [branch.elsewhere for branch in a.every()][-1]
    assert not z.below
    # Of two that stand above each other the first is above the other, and nothing runs in circles.
    (x,) = Hierarchy("xy", above, {}).trees()
    assert [branch.iri for branch in x.every()] == ["x", "y"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_drawings_nothing_overlaps_or_is_cut_off(language: str) -> None:
    vocabulary, drawn = current(), 0
    for entry in vocabulary.entries.values():
        page = read_term(vocabulary, use(), entry, [])
        if picture := draw_term(page, vocabulary, language):  # type: ignore[arg-type]
            drawn += 1
            look_at(picture)
    assert drawn > len(vocabulary.entries) / 2
    for section in vocabulary.description.sections:
        if picture := draw_module(vocabulary, use(), section, language):  # type: ignore[arg-type]
            drawn += 1
            look_at(picture)
            linked = {row.iri for box in picture.boxes for row in box.rows}
            classes = {e.term.iri for e in section.terms if e.term.kind == "class"}
            assert classes <= linked


def look_at(picture: Picture) -> None:
    for one, other in combinations(picture.boxes, 2):
        beside = one.right <= other.x or other.right <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y
    for box in picture.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.right <= picture.width
        assert box.y + box.height <= picture.height
        for row in box.rows:
            for text, y in row.placed:
                # One word alone may be too long for its line.
                assert width_of(text) <= box.width or " " not in text
                assert box.y < y < box.y + box.height


@pytest.mark.parametrize("numbers", [("0.1.0", "0.2.0"), ("0.2.0", "0.3.0")])
def test_changes_are_those_of_the_release_notes(numbers: tuple[str, str]) -> None:
    before, after = (DOCUMENTS.versions.by_number[number] for number in numbers)
    found = DOCUMENTS.changes(before, after)
    graphs = [read_module(FILES.kept_text(number)) for number in numbers]
    told = compare_for_notes(numbers[0], graphs[0], numbers[1], graphs[1])
    assert [term.iri for term in told.added] == list(found.added)
    assert [term.iri for term in told.removed] == list(found.removed)
    assert {term.iri: other for term, other in told.deprecated} == dict(found.deprecated)
    # What only another term says of it is told of both; a mere mark of deprecation is told apart.
    assert {e.term.iri for e in told.changed} <= {*found.changed, *found.deprecated}
    assert (found.general_lost, found.general_gained) == (
        told.axioms_removed,
        told.axioms_added,
    )


def test_the_history_of_a_term() -> None:
    version = DOCUMENTS.versions.by_number["0.3.0"]
    (first, then) = DOCUMENTS.history(MIECO + "dateBasis", version)
    assert (first.version, first.event) == ("0.1.0", "introduced")
    assert (then.version, then.event) == ("0.2.0", "deprecated")
    assert then.change
    assert then.change.gained == ["dcterms:isReplacedBy mieco:hasDateBasis"]
    (changed,) = DOCUMENTS.history(MIECO + "Consortium", version)[1:]
    assert changed.change
    gained = [axiom.formal for axiom in changed.change.axioms_gained]
    assert "SubClassOf: mieco:IntegrationCarrier" in gained
    assert DOCUMENTS.history(MIECO + "Consortium", DOCUMENTS.versions.by_number["0.1.0"]) == [first]


def test_whatever_a_fact_is_inferred_by_is_said_in_a_sentence() -> None:
    rules = compiled(FILES)
    axioms = {rules.axiom_of[rule].text: rules.axiom_of[rule] for rule in rules.inferring}
    assert len(axioms) > 100
    for axiom in axioms.values():
        words = ground_in_words(axiom)
        assert words, axiom.text
        assert words.zh.endswith("。"), words.zh
        assert words.en.endswith("."), words.en
        assert "mieco:" not in words.zh + words.en
