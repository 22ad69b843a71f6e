"""The promise of stable terms: what was once released may be deprecated, but does not vanish."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.modules import (
    KINDS,
    ROOT,
    last_kept,
    own_terms,
    read_module,
    united,
    version_of,
)
from mieco.present.names import compact

_WHY = (DCTERMS.isReplacedBy, SKOS.changeNote, RDFS.comment)


def check_versions(files: OntologyFiles) -> Iterator[Finding]:
    """Every term of the last kept release that is gone, or deprecated without a word why.

    Also where the ontology does not say which release it follows.  Raises BadInput.
    """
    kept = last_kept(files)
    if kept is None:
        return
    before, now = read_module(kept), united(files.loaded)
    for term in sorted(own_terms(before)):
        yield from _fate(term, before, now)
    yield from _prior(files, now)


def is_deprecated(graph: Graph, term: URIRef) -> bool:
    return (term, OWL.deprecated, Literal(True)) in graph


def _fate(term: URIRef, before: Graph, now: Graph) -> Iterator[Finding]:
    name = compact(term)
    lost = (set(before.objects(term, RDF.type)) & set(KINDS)) - set(now.objects(term, RDF.type))
    for kind in sorted(compact(str(kind)) for kind in lost):
        yield error(
            "term-gone",
            term,
            f"上一次发布的 {name}（{kind}）不见了；请保留其声明并标明 owl:deprecated true",
            f"{name} ({kind}) of the last release is gone; keep its declaration and mark it"
            " owl:deprecated true",
        )
    if is_deprecated(now, term) and not any((term, why, None) in now for why in _WHY):
        yield error(
            "deprecation-unexplained",
            term,
            f"{name} 已弃用，却没有写明替代者（dcterms:isReplacedBy）或原因（skos:changeNote）",
            f"{name} is deprecated, but neither its replacement (dcterms:isReplacedBy) nor the"
            " reason (skos:changeNote) is given",
        )


def _prior(files: OntologyFiles, now: Graph) -> Iterator[Finding]:
    earlier = last_kept(files, before=version_of(now))
    if earlier is None:
        return
    expected = URIRef(f"{ROOT}/{earlier.stem}")
    if now.value(ROOT, OWL.priorVersion) != expected:
        yield error(
            "prior-version",
            ROOT,
            f"本体应写明前一版本：owl:priorVersion <{expected}>",
            f"the ontology should name the version before it: owl:priorVersion <{expected}>",
        )
