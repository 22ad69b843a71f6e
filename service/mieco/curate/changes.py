"""What has changed between two versions of the ontology, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdflib import DCTERMS, RDFS, Graph, Literal, URIRef

from mieco.curate.modules import own_terms
from mieco.curate.versions import is_deprecated
from mieco.present.names import compact
from mieco.reason.manchester import general_axioms, statements_about


@dataclass(frozen=True, slots=True)
class Term:
    """A term by its IRI, with its labels."""

    iri: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The statements that one term has lost and gained."""

    term: Term
    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """All that distinguishes ``to`` from ``since``; the latter is empty for a first release.

    ``deprecated`` are those that were not so before, each with the IRI of its replacement
    or an empty text; the axioms are those that have no single subject.
    """

    since: str
    to: str
    added: Sequence[Term]
    removed: Sequence[Term]
    deprecated: Sequence[tuple[Term, str]]
    changed: Sequence[Edit]
    axioms_removed: Sequence[str]
    axioms_added: Sequence[str]


def compare(since: str, before: Graph, to: str, now: Graph) -> Changes:
    """The changes from one merged ontology to the next."""
    old, new = own_terms(before), own_terms(now)
    edits = [_edit(term, before, now) for term in sorted(old & new)]
    axioms = general_axioms(before), general_axioms(now)
    return Changes(
        since=since,
        to=to,
        added=[_term(now, t) for t in sorted(new - old)],
        removed=[_term(before, t) for t in sorted(old - new)],
        deprecated=[
            (_term(now, t), str(now.value(t, DCTERMS.isReplacedBy) or ""))
            for t in sorted(new)
            if is_deprecated(now, t) and not is_deprecated(before, t)
        ],
        changed=[e for e in edits if e.removed or e.added],
        axioms_removed=sorted(axioms[0] - axioms[1]),
        axioms_added=sorted(axioms[1] - axioms[0]),
    )


def _term(graph: Graph, iri: URIRef) -> Term:
    said = {o.language: str(o) for o in graph.objects(iri, RDFS.label) if isinstance(o, Literal)}
    return Term(str(iri), said.get("zh", ""), said.get("en", ""))


def _edit(term: URIRef, before: Graph, now: Graph) -> Edit:
    old, new = statements_about(before, term), statements_about(now, term)
    return Edit(_term(now, term), sorted(old - new), sorted(new - old))


def as_markdown(changes: Changes) -> str:
    """The changes as a page in both languages."""
    return "\n".join(_lines(changes)) + "\n"


def _lines(changes: Changes) -> Iterator[str]:
    if changes.since:
        yield f"# {changes.since} → {changes.to}：变更 · Changes"
    else:
        yield f"# {changes.to}：首次发布 · First release"
    yield from _section("新增术语 · Terms added", [_named(t) for t in changes.added])
    yield from _section("移除术语 · Terms removed", [_named(t) for t in changes.removed])
    yield from _section(
        "弃用术语 · Terms deprecated",
        [
            _named(term) + (f" → `{compact(other)}`" if other else "")
            for term, other in changes.deprecated
        ],
    )
    edits = ["\n  - ".join([_named(e.term), *_marked(e.removed, e.added)]) for e in changes.changed]
    yield from _section("改动术语 · Terms changed", edits)
    axioms = _marked(changes.axioms_removed, changes.axioms_added)
    yield from _section("一般公理 · General axioms", axioms)


def _section(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield ""
        yield f"## {title} ({len(items)})"
        yield ""
        yield from (f"- {item}" for item in items)


def _named(term: Term) -> str:
    return f"`{compact(term.iri)}` {term.zh} · {term.en}"


def _marked(removed: Sequence[str], added: Sequence[str]) -> list[str]:
    """Statements, each marked as lost or gained."""
    return [f"− {_code(s)}" for s in removed] + [f"+ {_code(s)}" for s in added]


def _code(text: str) -> str:
    # A backtick within would end the code.
    return f"`{text.replace('`', '′')}`"
