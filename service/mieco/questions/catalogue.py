"""The questions as RDF: a catalogue of executable queries.

The form is that of SHACL-SPARQL's executables (SHACL Advanced Features §7.1, and
https://github.com/sib-swiss/sparql-examples), with parameters as sh:Parameter (§5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from mieco.errors import Text
from mieco.intake.specification import expand
from mieco.questions.model import ASKERS, GROUPS, Parameter, ParameterType, Question
from mieco.terms import BASE, XSD

_KEYWORDS = NamedNode("https://schema.org/keywords")
_DATATYPES: dict[ParameterType, str] = {
    "text": "string",
    "enum": "string",
    "integer": "integer",
    "year": "integer",
    "date": "date",
}


def question_iri(question: Question) -> str:
    """The IRI that names a question."""
    return f"{BASE}question/{question.id}"


def describe_questions(questions: Iterable[Question]) -> Iterator[Triple]:
    """The catalogue of these questions."""
    for question in questions:
        yield from _describe(question)


def _describe(question: Question) -> Iterator[Triple]:
    this = NamedNode(question_iri(question))
    yield Triple(this, _term("rdf:type"), _term("sh:SPARQLExecutable"))
    yield Triple(this, _term("rdf:type"), _term("sh:SPARQLSelectExecutable"))
    yield Triple(this, _term("sh:select"), Literal(question.query))
    yield from _both(this, _term("rdfs:label"), question.sentence)
    if question.caveat:
        yield from _both(this, _term("rdfs:comment"), question.caveat)
    yield Triple(this, _term("dcterms:identifier"), Literal(question.id))
    for keyword in (GROUPS[question.group], *(ASKERS[asker] for asker in question.askers)):
        yield from _both(this, _KEYWORDS, keyword)
    for term in question.terms:
        yield Triple(this, _term("dcterms:references"), _term(term))
    yield Triple(this, _term("foaf:page"), NamedNode(f"{BASE}questions/{question.id}"))
    for parameter in question.parameters.values():
        node = NamedNode(f"{this.value}/{parameter.name}")
        yield Triple(this, _term("sh:parameter"), node)
        yield from _parameter(node, parameter)


def _parameter(node: NamedNode, parameter: Parameter) -> Iterator[Triple]:
    """A parameter; its path is its own IRI, whose local name is the variable (SHACL-AF §5.1)."""
    yield Triple(node, _term("rdf:type"), _term("sh:Parameter"))
    yield Triple(node, _term("sh:path"), node)
    # Not rdfs:label, by which people search for things.
    yield from _both(node, _term("sh:name"), parameter.label)
    if parameter.class_:
        yield Triple(node, _term("sh:class"), NamedNode(parameter.class_))
    elif parameter.scheme:
        yield Triple(node, _term("sh:class"), _term("skos:Concept"))
        yield Triple(node, _term("skos:inScheme"), NamedNode(parameter.scheme))
    else:
        datatype = NamedNode(XSD + _DATATYPES[parameter.type])
        yield Triple(node, _term("sh:datatype"), datatype)
    if not parameter.required:
        yield Triple(node, _term("sh:optional"), Literal(True))
    if parameter.default:
        default = (
            NamedNode(parameter.default)
            if parameter.class_ and parameter.default.startswith("http")
            else Literal(parameter.default)
        )
        yield Triple(node, _term("sh:defaultValue"), default)


def _both(this: NamedNode, predicate: NamedNode, text: Text) -> Iterator[Triple]:
    yield Triple(this, predicate, Literal(text.zh, language="zh"))
    yield Triple(this, predicate, Literal(text.en, language="en"))


def _term(name: str) -> NamedNode:
    return NamedNode(expand(name))
