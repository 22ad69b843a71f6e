"""The words that a cell can choose from: classes, and concepts of schemes, by name or label."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import Literal, NamedNode, Quad

from mieco.errors import Text
from mieco.intake.name_parts import same_name_key
from mieco.intake.registers import Named
from mieco.intake.specification import expand
from mieco.intake.values import Unfit
from mieco.terms import BASE, MIECO, RDFS_LABEL

_IN_SCHEME = NamedNode(expand("skos:inScheme"))
_NEAREST = 3
_MOST_SHOWN = 30


class Vocabulary:
    """Classes and concepts of the ontology by what people call them."""

    def __init__(self, ontology: Iterable[Quad]) -> None:
        labels: dict[str, dict[str, str]] = defaultdict(dict)
        members: dict[str, list[str]] = defaultdict(list)
        for quad in ontology:
            if not isinstance(quad.subject, NamedNode):
                continue
            if quad.predicate.value == RDFS_LABEL and isinstance(quad.object, Literal):
                labels[quad.subject.value].setdefault(quad.object.language or "", quad.object.value)
            elif quad.predicate == _IN_SCHEME and isinstance(quad.object, NamedNode):
                members[quad.object.value].append(quad.subject.value)
        self._labels = labels
        self._schemes = {
            scheme.removeprefix(BASE + "concept/"): sorted(concepts)
            for scheme, concepts in members.items()
        }

    def named(self, iri: str) -> Named:
        """A term with its labels."""
        labels = self._labels.get(iri, {})
        return Named(iri, labels.get("zh", ""), labels.get("en", ""))

    def choices(self, schemes: Sequence[str], classes: Sequence[str]) -> Mapping[str, Named]:
        """What a column can choose from, by every way of writing it.

        A code, a code after its scheme's name, a label in either language, or both labels.
        """
        choices: dict[str, Named] = {}
        for iri in (*(MIECO + c for c in classes), *(c for s in schemes for c in self._schemes[s])):
            named = self.named(iri)
            code = iri.removeprefix(MIECO).removeprefix(BASE + "concept/")
            written = (named.zh, named.en, f"{named.zh} {named.en}", code, code.rpartition("/")[2])
            for words in written:
                if words:
                    choices.setdefault(same_name_key(words), named)
        return choices


def choose(choices: Mapping[str, Named], text: str) -> Named:
    """The choice that a cell means.  Raises Unfit."""
    found = choices.get(same_name_key(text))
    if found:
        return found
    allowed = list({named.iri: named for named in choices.values()}.values())
    near = difflib.get_close_matches(text, [named.zh for named in allowed], n=_NEAREST)
    if near:
        meant = [named for named in allowed if named.zh in near]
        raise Unfit(
            Text(
                f"不在可选项中；是否指{'、'.join(f'“{n.zh}”' for n in meant)}？",
                f"is not one of the choices; is it {', '.join(n.en for n in meant)}?",
            )
        )
    shown = allowed[:_MOST_SHOWN]
    more = Text(
        "" if len(shown) == len(allowed) else "等", "" if len(shown) == len(allowed) else " …"
    )
    raise Unfit(
        Text(
            f"不在可选项中；可填：{'、'.join(n.zh for n in shown)}{more.zh}",
            f"is not one of the choices: {', '.join(n.en for n in shown)}{more.en}",
        )
    )
