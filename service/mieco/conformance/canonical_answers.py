"""An answer as text that no release, engine or language changes, and its digest.

Equal answers have equal digests: columns and rows in their order, and the facts behind each row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode

from mieco.questions.model import Question
from mieco.stores import Row, Term
from mieco.terms import BASE, PREFIXES, XSD

EVIDENCE: Final = "evidence"

_NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}
_PLAIN = {
    XSD + name for name in ("boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI")
} | _NUMBERS

# An answer: its rows, and the facts (IRIs) behind each of them.
Found = Sequence[tuple[Row, Sequence[str]]]


def as_table(question: Question, found: Found) -> list[list[str]]:
    """An answer as canonical text: a line of heads, then the rows in their own order.

    The facts behind a row stand last; they have no order of their own.
    """
    columns = list(question.columns)
    shown = [
        [
            *(text_of(row[c]) if c in row else "" for c in columns),
            " ".join(sorted(map(short, facts))),
        ]
        for row, facts in found
    ]
    return [[*columns, EVIDENCE], *shown]


def text_of(term: Term) -> str:
    """A term as text: ``id:place/china``, ``mieco:Council``, ``28``, ``2023-12-05``, ``'…'@zh``."""
    match term:
        case NamedNode():
            return short(term.value)
        case RdfLiteral() if term.language:
            return f"{_quoted(term.value)}@{term.language}"
        case RdfLiteral() if term.datatype.value in _NUMBERS:
            return _number(term.value)
        case RdfLiteral() if term.datatype.value in _PLAIN:
            return term.value
        case RdfLiteral() if term.datatype.value == XSD + "string":
            return _quoted(term.value)
        case RdfLiteral():
            return f"{_quoted(term.value)}^^{short(term.datatype.value)}"
    raise TypeError(f"{term} is not the same in every release")


def _number(text: str) -> str:
    """The value, however it is written: 12.50 and 1.25E1 are 12.5."""
    number = Decimal(text)
    if not number.is_finite():
        return text
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _quoted(text: str) -> str:
    """As in Turtle, between the quotes that CSV need not double."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\r", "\\r") + "'"


def short(iri: str) -> str:
    """An IRI by a prefix: of the vocabularies that we use, or a folder of our own base."""
    for prefix, namespace in PREFIXES.items():
        if re.fullmatch(r"[\w.-]+", local := iri.removeprefix(namespace)) and local != iri:
            return f"{prefix}:{local}"
    own = re.fullmatch(re.escape(BASE) + "([a-z]+)/(.+)", iri)
    return f"{own[1]}:{own[2]}" if own else f"<{iri}>"


def as_csv(table: Sequence[Sequence[str]]) -> str:
    """The same as CSV with line feeds."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


def digest_of(question: Question, found: Found) -> str:
    """The SHA-256 of an answer."""
    return hashlib.sha256(as_csv(as_table(question, found)).encode()).hexdigest()
