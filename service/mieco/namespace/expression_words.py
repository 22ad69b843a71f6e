"""Class expressions in words: what it takes to be a member (OWL 2 Structural Specification §8).

Each is given in two ways: as a *noun* ("a consortium whose 'has member' includes an enterprise"),
and as a *clause* about something ("it is a consortium, and its 'has member' includes …").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rdflib import OWL, RDFS, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.collection import Collection
from rdflib.term import Node

from mieco.errors import Text
from mieco.namespace.phrases import Phrase, fill, joined, name_in, named, with_article, words
from mieco.present.names import compact
from mieco.reason.manchester import text_of_node
from mieco.terms import PREFIXES, XSD

_DATATYPES: Mapping[str, Text] = {
    XSD + "string": Text("文字", "text"),
    XSD + "boolean": Text("是或否", "true or false"),
    XSD + "integer": Text("整数", "a whole number"),
    XSD + "nonNegativeInteger": Text("非负整数", "a whole number from 0 up"),
    XSD + "positiveInteger": Text("正整数", "a whole number from 1 up"),
    XSD + "decimal": Text("十进制数", "a decimal number"),
    XSD + "date": Text("日期", "a date"),
    XSD + "dateTime": Text("日期和时间", "a date with a time"),
    XSD + "gYear": Text("年份", "a year"),
    XSD + "anyURI": Text("网址", "a web address"),
    PREFIXES["rdf"] + "langString": Text("标明语言的文字", "text in a stated language"),
    str(RDFS.Literal): Text("文字、数或日期", "a text, number or date"),
}
_EVERYTHING = (OWL.Thing, RDFS.Resource)
_COUNTS = {
    OWL.minCardinality: Text("至少有", "at least"),
    OWL.minQualifiedCardinality: Text("至少有", "at least"),
    OWL.maxCardinality: Text("至多有", "at most"),
    OWL.maxQualifiedCardinality: Text("至多有", "at most"),
    OWL.cardinality: Text("恰有", "exactly"),
    OWL.qualifiedCardinality: Text("恰有", "exactly"),
}


class Expressions:
    """Puts the expressions of a graph into words."""

    def __init__(self, graph: Graph, labels: Mapping[str, Text]) -> None:
        self._graph = graph
        self._labels = labels

    def noun(self, node: Node) -> Phrase:
        """A member of a class, or a value of a datatype."""
        if isinstance(node, URIRef):
            return self._named_noun(node)
        if (members := self._list(node, OWL.intersectionOf)) is not None:
            return self._intersection(members)
        if (members := self._list(node, OWL.unionOf)) is not None:
            return joined([self.noun(m) for m in members], ("、", "或"), (", ", " or "))
        if (members := self._list(node, OWL.oneOf)) is not None:
            listed = joined([self.value(m) for m in members], ("、", "、"), (", ", " or "))
            return fill("{all}之一", "one of {all}", all=listed) if members[1:] else listed
        if (negated := self._graph.value(node, OWL.complementOf)) is not None:
            not_this = self.noun(negated)
            return fill("不是{c}的事物", "something that is not {c}", c=not_this)
        if self._graph.value(node, OWL.onProperty) is not None:
            return fill("{it}的事物", "something whose {it}", it=self._conditions([node]))
        return self._formal(node)

    def clause(self, node: Node) -> Phrase:
        """What is true of a member, called "it"."""
        if (members := self._list(node, OWL.intersectionOf)) is not None:
            return self._all_of(members)
        if (members := self._list(node, OWL.unionOf)) is not None and any(
            not isinstance(m, URIRef) for m in members
        ):
            either = [self.clause(m) for m in members]
            return joined(either, ("，或者", "，或者"), (", or else ", ", or else "))
        if self._graph.value(node, OWL.onProperty) is not None:
            return fill("它的{it}", "its {it}", it=self._conditions([node]))
        return fill("它是{c}", "it is {c}", c=self.noun(node))

    def property(self, node: Node) -> Phrase:
        """A property, or the inverse of one."""
        if isinstance(node, URIRef):
            return fill("“{p}”", "'{p}'", p=named(str(node)))
        if (inverse := self._graph.value(node, OWL.inverseOf)) is not None:
            return fill("{p}的反向", "inverse of {p}", p=self.property(inverse))
        return self._formal(node)

    def value(self, node: Node) -> Phrase:
        """An individual or a literal."""
        if isinstance(node, URIRef):
            return fill("“{v}”", "'{v}'", v=named(str(node)))
        return words(f"“{node}”", f"'{node}'") if isinstance(node, RdflibLiteral) else words("", "")

    def is_data(self, node: Node) -> bool:
        """Whether it is a datatype that has a name."""
        return str(node) in _DATATYPES or str(node).startswith(XSD)

    def _named_noun(self, node: URIRef) -> Phrase:
        if node in _EVERYTHING:
            return words("事物", "something")
        if datatype := _DATATYPES.get(str(node)):
            return words(datatype.zh, datatype.en)
        if self.is_data(node):
            return words(compact(str(node)), f"of the datatype {compact(str(node))}")
        article = with_article(name_in(str(node), "en", self._labels)).split(" ")[0]
        return fill("{c}", f"{article} {{c}}", c=named(str(node)))

    def _intersection(self, members: Sequence[Node]) -> Phrase:
        plain, conditions = self._apart(members)
        kinds = [self.noun(each) for each in plain] or [words("事物", "something")]
        kind = joined(kinds, ("兼", "兼"), (" that is also ", " that is also "))
        if not conditions:
            return kind
        return fill("{it}的{c}", "{c} whose {it}", it=self._conditions(conditions), c=kind)

    def _all_of(self, members: Sequence[Node]) -> Phrase:
        plain, conditions = self._apart(members)
        parts = [fill("是{c}", "is {c}", c=self.noun(each)) for each in plain]
        clauses = []
        if parts:
            clauses.append(
                fill("它{is_}", "it {is_}", is_=joined(parts, ("、", "、也"), (", ", " and ")))
            )
        restricted = [c for c in conditions if self._graph.value(c, OWL.onProperty) is not None]
        if restricted:
            clauses.append(fill("它的{it}", "its {it}", it=self._conditions(restricted)))
        clauses += [
            fill("（{it}）", "({it})", it=self.clause(c)) for c in conditions if c not in restricted
        ]
        return joined(clauses, ("，", "，且"), (", ", ", and "))

    def _apart(self, members: Sequence[Node]) -> tuple[list[Node], list[Node]]:
        """The named classes, and what else is asked."""
        plain = [m for m in members if isinstance(m, URIRef)]
        others = [m for m in members if not isinstance(m, URIRef)]
        return sorted(plain, key=str), sorted(others, key=lambda m: text_of_node(self._graph, m))

    def _conditions(self, nodes: Sequence[Node]) -> Phrase:
        """Restrictions, said of something's properties; those of one property together."""
        by_property: dict[str, tuple[Node, list[Node]]] = {}
        for node in nodes:
            on = self._graph.value(node, OWL.onProperty) or node
            by_property.setdefault(text_of_node(self._graph, on), (on, []))[1].append(node)
        told = [
            fill("{p}中{all}", "{p} {all}", p=self.property(on), all=self._asked(restrictions))
            for on, restrictions in by_property.values()
        ]
        return joined(told, ("，", "，且"), (", its ", ", and its "))

    def _asked(self, restrictions: Sequence[Node]) -> Phrase:
        """What several restrictions ask of the values of one property."""
        included, values, others = [], [], []
        for node in restrictions:
            filler = self._graph.value(node, OWL.someValuesFrom)
            value = self._graph.value(node, OWL.hasValue)
            if filler is not None and filler not in _EVERYTHING:
                included.append(self.noun(filler))
            elif value is not None:
                values.append(self.value(value))
            else:
                others.append(self._restriction(node))
        if included:
            all_of = joined(included, ("、一个", "和一个"), (", ", " and "))
            others.insert(0, fill("至少有一个{c}", "includes {c}", c=all_of))
        if values:
            all_of = joined(values, ("、", "和"), (", ", " and "))
            others.append(fill("有{v}", "includes {v}", v=all_of))
        return joined(others, ("，", "，且"), (", ", " and "))

    def _restriction(self, node: Node) -> Phrase:
        """What any other restriction asks of the values of its property."""
        graph = self._graph
        if graph.value(node, OWL.someValuesFrom) is not None:
            return words("至少有一个值", "has at least one value")
        if (filler := graph.value(node, OWL.allValuesFrom)) is not None:
            return fill("每一个都是{c}", "is in every case {c}", c=self.noun(filler))
        if graph.value(node, OWL.hasSelf) is not None:
            return words("有它自己", "includes itself")
        for predicate, count in _COUNTS.items():
            if (number := graph.value(node, predicate)) is not None:
                return self._counted(node, count, str(number))
        return self._formal(node)

    def _counted(self, node: Node, count: Text, number: str) -> Phrase:
        filler = self._graph.value(node, OWL.onClass) or self._graph.value(node, OWL.onDataRange)
        plural = "value" if number == "1" else "values"
        zh, en = f"{count.zh} {number} 个", f"has {count.en} {number} {plural}"
        if filler is None or filler in _EVERYTHING:
            return words(f"{zh}值", en)
        return fill(f"{zh}{{c}}", f"{en} that each are {{c}}", c=self.noun(filler))

    def _list(self, node: Node, predicate: URIRef) -> list[Node] | None:
        head = self._graph.value(node, predicate)
        return None if head is None else list(Collection(self._graph, head))

    def _formal(self, node: Node) -> Phrase:
        text = text_of_node(self._graph, node)
        return words(text, text)
