"""The fixed queries of ``queries/pages/``, asked by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mieco import content
from mieco.engine.base import Engine, select
from mieco.errors import BadInstallation
from mieco.stores import Row, Term


@cache
def page_query(name: str) -> str:
    """The text of ``queries/pages/{name}.rq``.  Raises BadInstallation."""
    try:
        return (content.folder("queries") / "pages" / f"{name}.rq").read_text(encoding="utf-8")
    except OSError as error:
        raise BadInstallation(part=f"{name}.rq", reason=error.strerror or "") from error


def rows_of(
    engine: Engine, name: str, bindings: Mapping[str, Term] | None = None, *, seconds: float
) -> list[Row]:
    """The rows of a page query."""
    return select(engine, page_query(name), bindings, seconds=seconds)
