"""Contradictions in words: what clashes, by which axiom, and the asserted facts behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from mieco.errors import Text
from mieco.present.graph_names import graph_in_words
from mieco.present.names import compact
from mieco.reason.fixpoint import Contradiction
from mieco.reason.rule import OWL_THING, RDFS_LITERAL, Axiom, Rule, renamed
from mieco.reason.ruleset import RuleSet
from mieco.reason.why import Derivation, Explainer, Select
from mieco.reason.wording import Name, fact_in_words
from mieco.stores import Term


@dataclass(frozen=True, slots=True)
class Clash:
    """Facts that cannot hold together.

    ``facts`` are the asserted ones that they rest on, as far as they could be found;
    ``account`` is the sentence with these facts, each with where it stands.
    """

    axiom: Axiom
    sentence: Text
    account: Text
    facts: tuple[Derivation, ...]


def clashes(
    contradictions: Sequence[Contradiction],
    rules: RuleSet,
    select: Select,
    name: Name,
    *,
    seconds: float,
) -> Iterator[Clash]:
    """The contradictions that inference found and that are news, for their first instances.

    Raises :class:`~mieco.errors.DeadlineExceeded`.
    """
    explainer = Explainer(rules)
    for found in contradictions:
        axiom = rules.axiom_of[found.rule]
        for instance in found.instances:
            premises = explainer.premises(renamed(found.rule, instance), select, seconds=seconds)
            leaves = _leaves(premises)
            sentence = _sentence(axiom, found.rule, [p.fact for p in premises], name)
            account = _account(sentence, _implied(premises, name), leaves, name)
            yield Clash(axiom, sentence, account, tuple(leaves))


def _leaves(premises: Sequence[Derivation]) -> list[Derivation]:
    """The asserted facts, first those on the very thing that a clash is about."""
    leaves = {leaf.fact: leaf for each in premises for leaf in each.leaves()}
    this = premises[0].fact.subject if premises else None
    return sorted(leaves.values(), key=lambda leaf: leaf.fact.subject != this)


def _implied(premises: Sequence[Derivation], name: Name) -> list[Text]:
    """What clashes and nobody asserts, each with the axiom that it follows by in the last step."""
    told = [(fact_in_words(p.fact, name), p.axiom.text) for p in premises if p.axiom]
    return [Text(f"{f.zh}（{axiom}）", f"{f.en} ({axiom})") for f, axiom in told]


def _account(
    sentence: Text, implied: Sequence[Text], leaves: Sequence[Derivation], name: Name
) -> Text:
    facts = [_with_place(leaf, name) for leaf in leaves]
    zh, en = f"{sentence.zh}。", f"{sentence.en}."
    if implied:
        zh += f"其中推出的：{'；'.join(t.zh for t in implied)}。"
        en += f" Of this, inferred: {'; '.join(t.en for t in implied)}."
    return Text(
        f"{zh}依据：{'；'.join(f.zh for f in facts)}。",
        f"{en} It rests on: {'; '.join(f.en for f in facts)}.",
    )


def _sentence(axiom: Axiom, rule: Rule, facts: Sequence[Triple], name: Name) -> Text:
    if not facts:
        return Text(f"违反公理 {axiom.text}", f"the axiom {axiom.text} is broken")
    this = name(facts[0].subject)
    kinds = [test.kind for test in rule.tests]
    if kinds == ["not a"]:
        return _wrong_kind(this, facts[0], rule.tests[0].values[0], name)
    prop, value = name(facts[0].predicate), name(facts[0].object)
    if kinds == ["differ"] and len(facts) > 1 and facts[0].predicate == facts[1].predicate:
        one, another = map(name, _where_they_differ(facts[0], facts[1]))
        return Text(
            f"“{this.zh}”的“{prop.zh}”：只能有一个，这里却有“{one.zh}”和“{another.zh}”",
            f"'{prop.en}' of '{this.en}': there can be only one, but here are '{one.en}' and"
            f" '{another.en}'",
        )
    if [len(atom.arguments) for atom in rule.body] == [1, 1] and len(facts) > 1:
        other = name(facts[1].object)
        return Text(
            f"“{this.zh}”同时是“{value.zh}”和“{other.zh}”，而没有什么能同时是这两者",
            f"'{this.en}' is both '{value.en}' and '{other.en}', and nothing can be both",
        )
    told = [fact_in_words(fact, name) for fact in facts]
    return Text(
        f"这些不能同时成立：{'；'.join(t.zh for t in told)}（{axiom.text}）",
        f"these cannot hold together: {'; '.join(t.en for t in told)} ({axiom.text})",
    )


def _wrong_kind(this: Text, fact: Triple, wanted: str, name: Name) -> Text:
    prop, value = name(fact.predicate), name(fact.object)
    if wanted == OWL_THING:
        return Text(
            f"“{this.zh}”的“{prop.zh}”应指向一个事物（IRI），这里却是文字“{value.zh}”",
            f"'{prop.en}' of '{this.en}' must be a thing (an IRI), but is the literal '{value.en}'",
        )
    if wanted == RDFS_LITERAL:
        return Text(
            f"“{this.zh}”的“{prop.zh}”应为一个值，这里却是事物“{value.zh}”",
            f"'{prop.en}' of '{this.en}' must be a literal, but is the thing '{value.en}'",
        )
    kind = compact(wanted)
    its = compact(fact.object.datatype.value) if isinstance(fact.object, Literal) else "IRI"
    return Text(
        f"“{this.zh}”的“{prop.zh}”应为 {kind}，这里却是“{value.zh}”（{its}）",
        f"'{prop.en}' of '{this.en}' must be {kind}, but is '{value.en}' ({its})",
    )


def _where_they_differ(one: Triple, other: Triple) -> tuple[Term, Term]:
    if one.object != other.object:
        return one.object, other.object
    return one.subject, other.subject


def _with_place(leaf: Derivation, name: Name) -> Text:
    fact = fact_in_words(leaf.fact, name)
    records = dict.fromkeys(each.record for each in leaf.sources)
    where = [name(NamedNode(record)) for record in records]
    where = (where or [graph_in_words(graph) for graph in leaf.graphs])[:2]
    if not where:
        return fact
    return Text(
        f"{fact.zh}（{'、'.join(w.zh for w in where)}）",
        f"{fact.en} ({', '.join(w.en for w in where)})",
    )
