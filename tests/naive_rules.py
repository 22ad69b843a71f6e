"""Inference a second time, in the plainest way: CONSTRUCT queries until nothing is new.

Those named after a rule of OWL 2 RL (Profiles §4.3), in ``ontology/rl/``, read the axioms of
the ontology as data.  It shares no code with the compiled rules, so that the two can be
compared; it is slow, and explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, QueryTriples, Store, Triple

from mieco import content
from mieco.terms import PREFIXES, RDF_TYPE

_VOCABULARIES = tuple(PREFIXES[p] for p in ("mieco", "org", "prov", "sosa", "foaf"))
_RL = Path(__file__).parent / "ontology" / "rl"


def read_rules(folder: Path) -> dict[str, str]:
    """Rule name → CONSTRUCT query."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rq"))}


RL_RULES = read_rules(_RL)
# What OWL cannot say is said by rules of our own; other reasoners are given their results.
OWN_RULES = read_rules(content.folder("queries") / "rules")
_LAST = frozenset(name for name, rule in OWN_RULES.items() if "NOT EXISTS" in rule)


def closure(triples: Iterable[Triple], rules: Mapping[str, str]) -> set[Triple]:
    """The triples and all that follows from them.

    A rule of ours that says what must not hold comes when nothing else follows any more.
    """
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    _close(store, [rule for name, rule in rules.items() if name not in _LAST])
    _close(store, list(rules.values()))
    return {quad.triple for quad in store}


def _close(store: Store, rules: Sequence[str]) -> None:
    grew = True
    while grew:
        before = len(store)
        for rule in rules:
            found = store.query(rule)
            assert isinstance(found, QueryTriples)
            store.extend(Quad(t.subject, t.predicate, t.object) for t in list(found))
        grew = len(store) > before


def is_published(triple: Triple) -> bool:
    """Not the reasoner's own scaffolding: no anonymous expressions, no ``owl:Thing``."""
    if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
        return False
    said = triple.object if triple.predicate.value == RDF_TYPE else triple.predicate
    return isinstance(said, NamedNode) and said.value.startswith(_VOCABULARIES)
