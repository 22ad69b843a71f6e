"""The queries of ``queries/hygiene/``: each row of an answer is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
)

from mieco import content
from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, Level
from mieco.engine.base import text_of
from mieco.errors import BadInput, BadInstallation, Text
from mieco.headers import read_query_file
from mieco.present.names import compact
from mieco.stores import Term
from mieco.terms import RDF_TYPE

_ONTOLOGY = NamedNode("http://www.w3.org/2002/07/owl#Ontology")


@dataclass(frozen=True, slots=True)
class Rule:
    """A query that finds what should not be; ``message`` is a template over its variables."""

    id: str
    level: Level
    message: Text
    query: str


def read_rules(folder: Path | None = None) -> list[Rule]:
    """The rules of a folder, of ``queries/hygiene/`` where none is given.

    Raises :class:`~mieco.errors.BadInstallation`.
    """
    folder = folder or content.folder("queries") / "hygiene"
    return [read_query_file(p, partial(_rule, p.stem)) for p in sorted(folder.glob("*.rq"))]


def _rule(stem: str, header: Mapping[str, Any], text: str) -> Rule:
    if header["id"] != stem:
        raise ValueError(f"id {header['id']} is not the file name")
    if header["level"] not in get_args(Level):
        raise ValueError(f"unknown level {header['level']}")
    return Rule(stem, header["level"], Text(header["zh"], header["en"]), text)


def check_hygiene(files: OntologyFiles) -> Iterator[Finding]:
    """The findings of every rule about modules and alignments.  Raises BadInput."""
    store = _load(files)
    for rule in read_rules():
        rows = _rows(store, rule)
        names = [variable.value for variable in rows.variables]
        for row in rows:
            # A query's first variable is what its finding is about.
            about = row[0]
            said = {name: _shown(row[name]) for name in names}
            yield Finding(
                rule.id,
                rule.level,
                "" if about is None else text_of(about),
                Text(rule.message.zh.format_map(said), rule.message.en.format_map(said)),
            )


def _shown(term: Term | None) -> str:
    if isinstance(term, NamedNode):
        return compact(term.value)
    return "" if term is None else text_of(term)


def _load(files: OntologyFiles) -> Store:
    """Every module in a graph named by its ontology IRI, and all of them in the default graph."""
    store = Store()
    for path in files.loaded:
        try:
            quads = list(parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True))
        except (OSError, SyntaxError) as error:
            raise BadInput(where=str(path), reason=str(error).splitlines()[0], todo="") from error
        named = [
            q.subject for q in quads if q.predicate.value == RDF_TYPE and q.object == _ONTOLOGY
        ]
        # A module without a header is found by a rule; it still needs a name.
        module = named[0] if named else NamedNode(f"file:{files.name(path)}")
        for graph in (module, DefaultGraph()):
            store.extend(Quad(q.subject, q.predicate, q.object, graph) for q in quads)
    return store


def _rows(store: Store, rule: Rule) -> QuerySolutions:
    try:
        rows = store.query(rule.query)
    except SyntaxError as error:
        raise BadInstallation(part=f"{rule.id}.rq", reason=str(error).splitlines()[0]) from error
    if not isinstance(rows, QuerySolutions):
        raise BadInstallation(part=f"{rule.id}.rq", reason="not a SELECT query")
    return rows
