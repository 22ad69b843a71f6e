"""A fact as people give it, three texts, as RDF terms; and an IRI as people can give it back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.errors import BadParameter, Text
from mieco.present.names import compact
from mieco.terms import BASE, PREFIXES, RDF_TYPE

Place = OneOf["s", "p", "o"]

# The paths under the base that IRIs of the data have.
OWN_PATHS: Final = (
    *("id", "concept", "source", "graph", "release", "ontology", "question", "shapes"),
    *("import", "software", "file"),
)
_OWN = re.compile(rf"/?((?:{'|'.join(OWN_PATHS)})/.*|ontology)", re.DOTALL)
# An IRI without brackets says by its scheme that it is one; "园区: 深圳" is a name.
_BARE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|(?:urn|tag|mailto):)", re.ASCII)
_UNQUOTED = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|true|false", re.ASCII
)
# One literal and nothing else, so that the reader of Turtle is never given more than that.
_QUOTED = re.compile(
    r"""
    (?: "{3}(?:[^"\\]|\\.|"(?!""))*+"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*+'{3}
      | "(?!"")(?:[^"\\\n\r]|\\.)*+" | '(?!'')(?:[^'\\\n\r]|\\.)*+' )
    (?: @[A-Za-z]+(?:-[A-Za-z0-9]+)* | \^\^(?:<[^<>\s]*>|[A-Za-z]+:[\w.-]*) )?
    """,
    re.VERBOSE | re.DOTALL,
)
_DECLARED = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
_LONGEST_NAME = 200
_NEAR = 5

_OWL = PREFIXES["owl"]
_PROPERTIES = frozenset(
    {
        PREFIXES["rdf"] + "Property",
        *(_OWL + kind + "Property" for kind in ("Object", "Datatype", "Annotation")),
    }
)
_CLASSES = frozenset({_OWL + "Class", PREFIXES["rdfs"] + "Class", PREFIXES["rdfs"] + "Datatype"})
_ON_CLASSES = frozenset({PREFIXES["rdfs"] + "subClassOf", _OWL + "equivalentClass"})
_TO_CLASSES = _ON_CLASSES | {RDF_TYPE, PREFIXES["rdfs"] + "domain", PREFIXES["rdfs"] + "range"}

_FORMS = Text(
    "完整的 IRI、mieco:memberOf 这样的短名、id/consortium/shenzhen 这样的路径、"
    "恰有一个事物所用的名称",
    "an IRI, a short name such as mieco:memberOf, a path such as id/consortium/shenzhen, or a name"
    " that exactly one thing bears",
)
_FORMS_OF_VALUE = Text(
    f'{_FORMS.zh}，或 "文字"@zh、"5"^^xsd:integer、2024 这样的值',
    f'{_FORMS.en}, or a value such as "text"@en, "5"^^xsd:integer or 2024',
)


@dataclass(frozen=True, slots=True)
class GivenFact:
    """Subject, property and value as they were typed."""

    subject: str
    predicate: str
    object: str


def read_fact(engine: Engine, given: GivenFact, *, seconds: float) -> Triple:
    """The triple that somebody means.

    Each of the three may be an IRI (``<…>`` or not), a prefixed name, ``a``, a path below our
    base or a name that exactly one thing bears; the value also a literal as Turtle writes it.
    Raises :class:`~mieco.errors.BadParameter`, which names what is like it.
    """
    reader = _Reader(engine, seconds)
    predicate = reader.named_node("p", given.predicate, _PROPERTIES)
    on_classes = _CLASSES if predicate.value in _ON_CLASSES else None
    to_classes = _CLASSES if predicate.value in _TO_CLASSES else None
    subject = reader.named_node("s", given.subject, on_classes)
    return Triple(subject, predicate, reader.value(given.object, to_classes))


def read_thing_name(engine: Engine, text: str, *, seconds: float) -> NamedNode:
    """The thing that somebody means, read like the subject of :func:`read_fact`.

    Raises :class:`~mieco.errors.BadParameter`.
    """
    return _Reader(engine, seconds).named_node("s", text, None)


def spelt(iri: str) -> str:
    """The shortest spelling of an IRI that is read back as the same."""
    short = compact(iri)
    try:
        if _iri("o", short) == NamedNode(iri):
            return short
    except (BadParameter, ValueError):
        pass
    return f"<{iri}>"


class _Reader:
    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds

    def value(self, text: str, wanted: frozenset[str] | None) -> NamedNode | Literal:
        text = text.strip()
        if text[:1] in {'"', "'"} or _UNQUOTED.fullmatch(text):
            return _literal(text)
        return self.named_node("o", text, wanted)

    def named_node(self, place: Place, text: str, wanted: frozenset[str] | None) -> NamedNode:
        """An IRI; where a name has several bearers, those of the ``wanted`` classes count."""
        text = text.strip()
        if not text:
            raise _bad(place, Text("必须给出", "must be given"))
        if text[0] in "\"'":
            reason = Text("不能是值，只能是事物", "cannot be a literal, it must be a thing")
            raise _bad(place, reason)
        if text.startswith(("_:", "[", "(", "<<")):
            raise _bad(
                place,
                Text(
                    "空白节点在数据之外没有名字，不能这样指称",
                    "a blank node has no name outside of its data and cannot be given",
                ),
            )
        return _iri(place, text) or self._bearer(place, text, wanted)

    def _bearer(self, place: Place, text: str, wanted: frozenset[str] | None) -> NamedNode:
        if len(text) > _LONGEST_NAME:
            raise _bad(place, Text("太长，不是名称", "is too long for a name"))
        found: dict[str, set[str]] = {}
        name = _plain(place, text)
        for row in rows_of(self._engine, "bearers", {"name": name}, seconds=self._seconds):
            classes = found.setdefault(text_of(row["thing"]), set())
            if "class" in row:
                classes.add(text_of(row["class"]))
        fit = _narrowed(found, wanted)
        if len(fit) == 1:
            return NamedNode(fit[0])
        if fit:
            raise BadParameter(
                name=place,
                reason=Text(f"“{text}”不止一个", f"'{text}' is the name of more than one"),
                allowed=", ".join(map(spelt, fit)),
            )
        if found and wanted == _PROPERTIES:
            reason = Text(f"“{text}”不是属性的名称", f"'{text}' is not the name of a property")
        else:
            reason = Text(f"没有“{text}”", f"there is no '{text}'")
        raise BadParameter(name=place, reason=reason, allowed=self._near(place, text))

    def _near(self, place: Place, text: str) -> Text:
        """What is like a name that nothing bears, or else in which forms a term can be given."""
        rows = rows_of(self._engine, "names", seconds=self._seconds)
        names = {text_of(row["label"]) for row in rows}
        near = difflib.get_close_matches(text, sorted(names), n=_NEAR, cutoff=0.5)
        if not near:
            within = (name for name in names if text.lower() in name.lower())
            near = sorted(within, key=lambda name: (len(name), name))[:_NEAR]
        if not near:
            return _forms(place)
        quoted = Text('；文字要加引号，如 "文字"@zh', '; text in quotes: "text"@en')
        more = quoted if place == "o" else Text("", "")
        return Text(f"例如 {'、'.join(near)}{more.zh}", f"for example {', '.join(near)}{more.en}")


def _narrowed(found: Mapping[str, set[str]], wanted: frozenset[str] | None) -> list[str]:
    """The things that fit their place: of the wanted classes, or if none are, no vocabulary."""
    if wanted is not None:
        fit = [thing for thing, classes in found.items() if classes & wanted]
        # A property must be one; what is classified is rather told as ambiguous than passed over.
        return fit if fit or wanted == _PROPERTIES else list(found)
    things = [t for t, classes in found.items() if not classes & (_PROPERTIES | _CLASSES)]
    return things or list(found)


def _iri(place: Place, text: str) -> NamedNode | None:
    """The IRI that a text spells; ``None`` if it looks like none.  Raises BadParameter."""
    if place == "p" and text == "a":
        return NamedNode(RDF_TYPE)
    if text.startswith("<"):
        return _node(place, text[1:-1] if text.endswith(">") else text)
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return _node(place, PREFIXES[prefix] + local)
    if _BARE.match(text):
        return _node(place, text)
    if own := _OWN.fullmatch(text):
        return _node(place, BASE + own[1])
    return None


def _node(place: Place, iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:  # a lone surrogate among them
        shown = iri.encode(errors="replace").decode()
        reason = Text(f"“{shown}”不是完整的 IRI", f"'{shown}' is not an absolute IRI")
        raise _bad(place, reason) from None


def _plain(place: Place, text: str) -> Literal:
    try:
        return Literal(text)
    except UnicodeEncodeError:
        raise _bad(place, Text("不是 UTF-8 文本", "is not UTF-8 text")) from None


def _literal(text: str) -> Literal:
    """A literal as Turtle writes it.  Raises BadParameter."""
    try:
        if _QUOTED.fullmatch(text) or _UNQUOTED.fullmatch(text):
            (quad,) = parse(f"{_DECLARED}<x:x> <x:x> {text} .", RdfFormat.TURTLE)
            if isinstance(quad.object, Literal):
                return quad.object
    except (SyntaxError, ValueError):  # no escape, datatype or language; a lone surrogate
        pass
    raise _bad("o", Text("不是可读的值", "is not a literal that can be read"))


def _bad(place: Place, reason: Text) -> BadParameter:
    return BadParameter(name=place, reason=reason, allowed=_forms(place))


def _forms(place: Place) -> Text:
    return _FORMS_OF_VALUE if place == "o" else _FORMS
