"""What queries, updates and graphs share of the SPARQL protocols."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from pyoxigraph import NamedNode

from mieco.errors import BadRequest, Text

FORM = "application/x-www-form-urlencoded"


def text_of_body() -> str:
    """The body of a direct POST.  Its charset is UTF-8 (SPARQL 1.1 Protocol §2.1.3)."""
    try:
        return request.get_data().decode()
    except UnicodeDecodeError:
        raise BadRequest(reason=Text("内容不是 UTF-8 文本", "the body is not UTF-8 text")) from None


def absolute(iris: Sequence[str]) -> list[str]:
    """The IRIs of graphs, each proven to be absolute.  Raises BadRequest."""
    for iri in iris:
        try:
            NamedNode(iri)
        except ValueError:
            raise BadRequest(
                reason=Text(f"“{iri}”不是完整的 IRI", f"'{iri}' is not an absolute IRI")
            ) from None
    return list(iris)
