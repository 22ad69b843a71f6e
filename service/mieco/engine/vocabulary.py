"""The terms of our own namespace that a query uses and the ontology does not have.

An empty answer says nothing about a mistyped class or property; this does.
"""

from __future__ import annotations

import difflib
import re

from pyoxigraph import NamedNode, Store

from mieco.engine.tokens import split_prologue, tokens
from mieco.terms import MIECO, RDFS_IS_DEFINED_BY

_PREFIX = re.compile(r"\bPREFIX\s+([\w.-]*):\s*<" + re.escape(MIECO) + ">", re.IGNORECASE)
_NEAREST = 3
# So many terms of a text are looked at.
_MOST = 200


def unknown_terms(text: str, store: Store) -> dict[str, list[str]]:
    """Local name → those of the ontology that are spelt like it, for each unknown term.

    Empty where the store holds no ontology of ours.
    """
    if MIECO not in text:
        return {}
    used = _used(text)
    unknown = [name for name in used if not _is_known(NamedNode(MIECO + name), store)]
    if not unknown:
        return {}
    known = sorted(_defined(store))
    if not known:
        return {}
    return {name: difflib.get_close_matches(name, known, n=_NEAREST) for name in unknown}


def _used(text: str) -> list[str]:
    """The local names of our terms in the text, each once, in order."""
    prologue, body = split_prologue(text)
    prefixes = tuple(f"{prefix}:" for prefix in _PREFIX.findall(prologue))
    names: dict[str, None] = {}
    for token in tokens(body):
        if token.kind == "iri" and token.text.startswith(f"<{MIECO}"):
            names[token.text[len(MIECO) + 1 : -1]] = None
        elif token.kind == "name" and token.text.startswith(prefixes):
            names[token.text.partition(":")[2].rstrip(".")] = None
    return [name for name in names if re.fullmatch(r"\w{1,64}", name)][:_MOST]


def _is_known(term: NamedNode, store: Store) -> bool:
    return any(True for _ in store.quads_for_pattern(term, None, None, None))


def _defined(store: Store) -> set[str]:
    """The local names of everything that our ontology defines."""
    quads = store.quads_for_pattern(None, NamedNode(RDFS_IS_DEFINED_BY), None, None)
    return {
        quad.subject.value.removeprefix(MIECO)
        for quad in quads
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(MIECO)
    }
