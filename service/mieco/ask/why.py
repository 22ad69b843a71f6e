"""Why a fact of a release holds, with the names that readers need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pyoxigraph import NamedNode, Triple

from mieco.ask.deadlines import EngineWithDeadline
from mieco.ask.explanations import Explanation, every, name_of
from mieco.ask.given_facts import GivenFact, read_fact, spelt
from mieco.ask.page_queries import rows_of
from mieco.by_release import ByRelease
from mieco.engine.base import Engine, select, text_of
from mieco.engine.cancellation import Cancellation
from mieco.errors import DeadlineExceeded, Language, NotFound, Text
from mieco.inference import rules_of
from mieco.reason.ruleset import RuleSet
from mieco.reason.sparql import grades_of, graphs_of
from mieco.reason.why import Derivation, Explainer
from mieco.releases import Release
from mieco.stores import Term
from mieco.terms import INFERRED_GRAPH, MIECO

_NEAR = 5


class Explainers:
    """The explainers of releases, each made once.  Thread-safe."""

    def __init__(self) -> None:
        self._kept: ByRelease[Explainer] = ByRelease()

    def of(self, release: Release, *, seconds: float) -> Explainer:
        """By the rules that a release was inferred with; without them it explains nothing.

        Raises Overloaded if others wait for it longer than this.
        """
        return self._kept.of(
            release, lambda: Explainer(rules_of(release) or RuleSet(())), seconds=seconds
        )


def explain_given(
    engine: Engine,
    explainer: Explainer,
    given: GivenFact,
    language: Language,
    *,
    seconds: float,
    cancellation: Cancellation | None = None,
) -> Explanation:
    """Why a fact holds that somebody typed; one deadline covers all queries.

    Raises BadParameter, and what :func:`explain` raises.
    """
    hurried = EngineWithDeadline(engine, seconds, cancellation)
    try:
        fact = read_fact(hurried, given, seconds=seconds)
        return explain(hurried, explainer, fact, language, seconds=seconds)
    except DeadlineExceeded:  # of one query, perhaps, with the little that was left for it
        raise DeadlineExceeded(seconds=seconds) from None


def explain(
    engine: Engine, explainer: Explainer, fact: Triple, language: Language, *, seconds: float
) -> Explanation:
    """Why a fact holds, or where it is asserted; one deadline covers all queries.

    Raises NotFound for what the release does not hold, and what the engine raises.
    """
    engine = EngineWithDeadline(engine, seconds)
    derivation = explainer.why(
        fact, lambda text: select(engine, text, seconds=seconds), seconds=seconds
    ) or _held(engine, fact, seconds)
    if derivation is None:
        raise _not_found(engine, fact, language, seconds)
    grades = _grades(engine, derivation, seconds)
    iris = sorted({*_iris(derivation), *grades.values()})
    return Explanation(derivation, engine.labels(iris, language, seconds=seconds), grades)


def _iris(derivation: Derivation) -> Iterator[str]:
    for each in every(derivation):
        terms = (each.fact.subject, each.fact.predicate, each.fact.object)
        yield from (term.value for term in terms if isinstance(term, NamedNode))
        yield from each.graphs
        yield from each.axiom.about if each.axiom else ()
        for source in each.sources:
            yield from (source.record, source.source)


def _held(engine: Engine, fact: Triple, seconds: float) -> Derivation | None:
    """A fact that the explainer passes over: of the shapes or the catalogue, or not traced."""
    rows = select(engine, graphs_of([fact]), seconds=seconds)
    if not rows:
        return None
    graphs = sorted({text_of(row["graph"]) for row in rows} - {INFERRED_GRAPH})
    return Derivation(fact, tuple(graphs))


def _grades(engine: Engine, derivation: Derivation, seconds: float) -> dict[str, str]:
    sources = {source.source for leaf in derivation.leaves() for source in leaf.sources}
    if not sources:
        return {}
    rows = select(engine, grades_of(sorted(sources)), seconds=seconds)
    return {text_of(row["source"]): text_of(row["grade"]) for row in rows}


def _not_found(engine: Engine, fact: Triple, language: Language, seconds: float) -> NotFound:
    """Says what the release holds instead: values of the property, else properties."""
    said: dict[NamedNode, list[Term]] = {}
    this = {"this": fact.subject} if isinstance(fact.subject, NamedNode) else {}
    for row in rows_of(engine, "statements", this, seconds=seconds) if this else ():
        if isinstance(prop := row["property"], NamedNode):
            said.setdefault(prop, []).append(row["value"])
    # What is said in our own words says most.
    values = sorted(dict.fromkeys(said.get(fact.predicate, ())), key=_is_foreign)[:_NEAR]
    terms = [fact.subject, fact.predicate, fact.object, *values, *said]
    iris = list(dict.fromkeys(term.value for term in terms if isinstance(term, NamedNode)))
    labels = engine.labels(iris, language, seconds=seconds)
    return NotFound(
        what=Text("事实", "fact"),
        name=" · ".join(name_of(term, labels) for term in terms[:3]),
        near=_instead(said, values, labels),
    )


def _is_foreign(term: Term) -> bool:
    return isinstance(term, NamedNode) and not term.value.startswith(MIECO)


def _instead(
    said: Mapping[NamedNode, Sequence[Term]],
    values: Sequence[Term],
    labels: Mapping[str, tuple[str, str]],
) -> Text:
    if values:
        names = [_with_spelling(value, labels) for value in values]
        return Text(
            f"这里写有或推出的值例如：{'、'.join(names)}。",
            f"What holds there is, for example: {', '.join(names)}.",
        )
    if said:
        names = [_with_spelling(prop, labels) for prop in list(said)[:_NEAR]]
        return Text(
            f"它没有这一属性；它有的属性例如：{'、'.join(names)}。",
            f"It does not have that property; it has, for example: {', '.join(names)}.",
        )
    return Text(
        "这次发布没有关于它的记述。请检查拼写，或在首页搜索。",
        "The release says nothing of it. Check the spelling, or search on the home page.",
    )


def _with_spelling(term: Term, labels: Mapping[str, tuple[str, str]]) -> str:
    if isinstance(term, NamedNode):
        spelling = spelt(term.value)
        return f"{labels[term.value][0]} ({spelling})" if term.value in labels else spelling
    return str(term)
