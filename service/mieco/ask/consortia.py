"""Which consortium somebody means: by IRI, path, key or name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from mieco.ask.page_queries import rows_of
from mieco.engine.base import Engine, text_of
from mieco.errors import BadParameter, NotFound, Text
from mieco.stores import Term
from mieco.terms import BASE, MIECO, RDF_TYPE

_CONSORTIUM = MIECO + "Consortium"
_NEAR = 5


def find_consortium(engine: Engine, text: str, parameter: str, *, seconds: float) -> str:
    """The IRI of the consortium.

    Raises :class:`~mieco.errors.NotFound`, and :class:`~mieco.errors.BadParameter`, which calls
    the text by the name of its ``parameter``, for a name that several bear.
    """
    wanted = text.strip()
    for iri in (wanted, BASE + wanted):
        if _is_consortium(engine, iri, seconds):
            return iri
    bound: dict[str, Term] = {"class": ox.NamedNode(_CONSORTIUM), "name": ox.Literal(wanted)}
    found = {text_of(row["thing"]) for row in rows_of(engine, "named", bound, seconds=seconds)}
    if len(found) > 1:
        raise BadParameter(
            name=parameter,
            reason=Text(f"“{text}”不止一个", f"'{text}' is the name of more than one"),
            allowed=", ".join(sorted(found)),
        )
    if not found:
        raise NotFound(
            what=Text("联合体", "consortium"), name=text, near=_near(engine, wanted, seconds)
        )
    return found.pop()


def unknown_keys(
    engine: Engine, keys: Iterable[str], *, seconds: float
) -> dict[str, Sequence[str]]:
    """Those of the keys that no consortium has, each with the keys that are like it.

    Raises what a query raises.
    """
    things = rows_of(engine, "members", {"class": ox.NamedNode(_CONSORTIUM)}, seconds=seconds)
    known = sorted({text_of(row["thing"]).rpartition("/")[2] for row in things})
    return {key: difflib.get_close_matches(key, known) for key in keys if key not in known}


def _is_consortium(engine: Engine, wanted: str, seconds: float) -> bool:
    try:
        this = ox.NamedNode(wanted)
    except ValueError:
        return False
    return any(
        text_of(row["property"]) == RDF_TYPE and text_of(row["value"]) == _CONSORTIUM
        for row in rows_of(engine, "statements", {"this": this}, seconds=seconds)
    )


def _near(engine: Engine, wanted: str, seconds: float) -> Text:
    """What is like a name or key that no consortium bears, in each language."""
    names: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    for row in rows_of(engine, "members", {"class": ox.NamedNode(_CONSORTIUM)}, seconds=seconds):
        label, key = row["label"], text_of(row["thing"]).rpartition("/")[2]
        if isinstance(label, ox.Literal) and label.language in names:
            names[label.language].update({label.value: label.value, key: label.value})
    last = wanted.rpartition("/")[2]
    near = {
        language: dict.fromkeys(
            known[each] for each in difflib.get_close_matches(last, sorted(known), _NEAR, 0.4)
        )
        for language, known in names.items()
    }
    if not near["zh"] or not near["en"]:
        return Text("请给出联合体的键、名称或 IRI。", "Give a key, a name or an IRI.")
    return Text(f"相近的有：{'、'.join(near['zh'])}。", f"Like it: {', '.join(near['en'])}.")
