"""One validation with SHACL (pyshacl), its results in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse
from rdflib import BNode, Graph
from rdflib import Literal as RdfLiteral
from rdflib.namespace import SH
from rdflib.term import Node

from mieco.errors import SILENCE, BadInstallation, Text
from mieco.findings import Severity
from mieco.rdflib_graphs import as_read, fill

SEVERITY_OF: dict[Node, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}

# Where a sentence ends: in Chinese at its stop, in English only before a space and a capital.
_END_ZH = re.compile(r"(?<=[。？！])(?=[^”’』」）])")
_END_EN = re.compile(r"(?<=[.?!]) +(?=[\"'(]?[A-Z])")
_ABBREVIATION = re.compile(r"\b(?:[a-z]\.[a-z]|No|Nos|Art|St|Co|Ltd|etc|cf|vs)\.$")


@dataclass(frozen=True, slots=True)
class Rules:
    """The files of the shapes, and those of the ontology, which give subclasses and concepts."""

    shapes: Sequence[Path]
    ontology: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Result:
    """A validation result (SHACL §3.6.2) in words."""

    severity: Severity
    shape: str
    message: Text
    hint: Text
    focus: str
    path: str
    value: str


def read_turtle(files: Iterable[Path]) -> Graph:
    """Turtle files as one graph.  Raises BadInstallation."""
    graph = Graph()
    fill(graph, _quads(files), as_read)
    return graph


def _quads(files: Iterable[Path]) -> Iterator[Quad]:
    for path in files:
        try:
            yield from parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
        except SyntaxError as error:
            raise BadInstallation(part=path.name, reason=str(error).splitlines()[0]) from error


class Validator:
    """Shapes and ontology, read once."""

    def __init__(self, rules: Rules) -> None:
        self._shapes = read_turtle(rules.shapes)
        self._ontology = list(_quads(rules.ontology))

    def validate(self, described: bytes, things: frozenset[str]) -> Sequence[Result]:
        """The results about some things among those described."""
        from mieco.check.report import report_on  # pyshacl is slow to import

        # Merged here: pyshacl's own mixing-in of an ontology takes minutes for one of this size.
        data = Graph()
        facts = parse(described, format=RdfFormat.N_TRIPLES, rename_blank_nodes=True)
        fill(data, chain(facts, self._ontology), as_read)
        results = report_on(data, self._shapes)
        return [
            result
            for result in _results(results, self._shapes)
            if result.focus in things or result.focus.startswith("_:")
        ]


def _results(results: Graph, shapes: Graph) -> Iterator[Result]:
    # Those of the report itself: a result's sh:detail says within it what broke sh:node.
    for result in results.objects(predicate=SH.result, unique=True):
        node = results.value(result, SH.focusNode)
        focus = f"_:{node}" if isinstance(node, BNode) else str(node)
        path = results.value(result, SH.resultPath)
        value = results.value(result, SH.value)
        message, hint = fault_and_advice(_message(results, result, shapes))
        yield Result(
            severity=SEVERITY_OF[results.value(result, SH.resultSeverity) or SH.Violation],
            shape=_shape_name(results, result, shapes),
            message=message,
            hint=hint,
            focus=focus,
            path="" if path is None or isinstance(path, BNode) else str(path),
            value=str(value) if value is not None and value != node else "",
        )


def _shape_name(results: Graph, result: Node, shapes: Graph) -> str:
    """The name of the shape that was broken; of one within another, that of the other."""
    shape = results.value(result, SH.sourceShape)
    while isinstance(shape, BNode):
        shape = next((s for s in shapes.subjects(object=shape)), None)
    return str(shape or "").rpartition("#")[2]


def _message(results: Graph, result: Node, shapes: Graph) -> Text:
    """Both languages of sh:resultMessage; a message without a language serves for both."""
    said = {
        m.language or "": str(m)
        for m in results.objects(result, SH.resultMessage)
        if isinstance(m, RdfLiteral)
    }
    if said.keys() <= {""}:
        # Of a SPARQL constraint pyshacl gives one message, now this, now that, and no language.
        texts = set(said.values())
        for constraint, message in shapes.subject_objects(SH.message):
            if str(message) in texts:
                all_of_it = shapes.objects(constraint, SH.message)
                said |= {m.language or "": str(m) for m in all_of_it if isinstance(m, RdfLiteral)}
    plain = said.get("") or next(iter(said.values()), "")
    return Text(said.get("zh", plain), said.get("en", plain))


def fault_and_advice(said: Text) -> tuple[Text, Text]:
    """What is wrong, and the last sentence, which says what to do.

    A text whose languages do not have the same number of sentences stays as it is.
    """
    zh, en = _END_ZH.split(said.zh), _sentences(said.en)
    if len(zh) != len(en) or len(en) == 1:
        return said, SILENCE
    return Text("".join(zh[:-1]), " ".join(en[:-1])), Text(zh[-1], en[-1])


def _sentences(text: str) -> list[str]:
    """The sentences of an English text."""
    found = [""]
    for piece in _END_EN.split(text):
        if not found[-1] or _ABBREVIATION.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}".strip()
        else:
            found.append(piece)
    return found
