"""Facts in words, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from pyoxigraph import Triple

from mieco.errors import Text
from mieco.stores import Term
from mieco.terms import RDF_TYPE, RDFS_SUBCLASS_OF

# The name of a term for readers.
Name = Callable[[Term], Text]


def fact_in_words(fact: Triple, name: Name) -> Text:
    """A triple as a short sentence."""
    this, value = name(fact.subject), name(fact.object)
    if fact.predicate.value == RDF_TYPE:
        return Text(f"“{this.zh}”是“{value.zh}”", f"'{this.en}' is of the class '{value.en}'")
    if fact.predicate.value == RDFS_SUBCLASS_OF:
        return Text(
            f"“{this.zh}”是“{value.zh}”的子类", f"'{this.en}' is a subclass of '{value.en}'"
        )
    prop = name(fact.predicate)
    before, after = around(prop.zh)
    return Text(
        f"“{this.zh}”{before}“{value.zh}”{after}", f"'{this.en}': '{prop.en}' is '{value.en}'"
    )


def around(prop: str) -> tuple[str, str]:
    """What stands in Chinese between a subject and its value, and after that.

    >>> around("由…牵头"), around("位于"), around("角色")
    (('由', '牵头'), ('位于', ''), ('的“角色”是', ''))
    """
    before, gap, after = prop.partition("…")
    if gap or prop.startswith("有") or prop.endswith("于"):
        return before, after
    return f"的“{prop}”是", ""
