"""The rules of ``queries/rules/``, run to their fixpoint.

Each rule is a CONSTRUCT query.  Those named after a rule of OWL 2 RL (Profiles §4.3)
read the ontology's own axioms, so that an axiom is written once, in the ontology.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, QueryTriples, Store, Triple

from mieco.errors import BadInstallation, Text
from mieco.terms import PREFIXES, RDF_TYPE

# What an inference may speak of: our vocabulary and the published ones it stands on.
_VOCABULARIES = tuple(PREFIXES[p] for p in ("mieco", "org", "prov", "sosa", "foaf"))


def read_rules(folder: Path) -> dict[str, str]:
    """Rule name → CONSTRUCT query."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rq"))}


def infer(asserted: Iterable[Quad], rules: dict[str, str], graph: NamedNode) -> list[Quad]:
    """The quads that follow from the asserted ones, in ``graph``, none of them asserted.

    Raises :class:`~mieco.errors.BadInstallation` for a rule that is not a CONSTRUCT query.
    """
    store = Store()
    store.bulk_extend(Quad(q.subject, q.predicate, q.object) for q in asserted)
    known = {q.triple for q in store}
    before = frozenset(known)
    grew = True
    while grew:
        grew = False
        for name, rule in rules.items():
            fresh = [t for t in _construct(store, name, rule) if t not in known]
            if fresh:
                grew = True
                known.update(fresh)
                store.extend(Quad(t.subject, t.predicate, t.object) for t in fresh)
    return [
        Quad(t.subject, t.predicate, t.object, graph)
        for t in known - before
        if _worth_publishing(t)
    ]


def _construct(store: Store, name: str, rule: str) -> Iterable[Triple]:
    try:
        results = store.query(rule)
    except SyntaxError as error:
        raise BadInstallation(part=f"{name}.rq", reason=str(error).splitlines()[0]) from error
    if not isinstance(results, QueryTriples):
        raise BadInstallation(
            part=f"{name}.rq", reason=Text("不是 CONSTRUCT 查询", "it is not a CONSTRUCT query")
        )
    return results


def _worth_publishing(triple: Triple) -> bool:
    """Not the reasoner's own scaffolding: no anonymous expressions, no ``owl:Thing``."""
    if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
        return False
    said = triple.object if triple.predicate.value == RDF_TYPE else triple.predicate
    return isinstance(said, NamedNode) and said.value.startswith(_VOCABULARIES)
