"""Rows of values, and the same as a data frame."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mieco.client.failures import pandas_missing
from mieco.client.values import Value
from mieco.errors import Language

if TYPE_CHECKING:
    import pandas as pd

# Column → value; a column that has nothing in this row is absent, as in SPARQL results.
Row = dict[str, Value]


class Table:
    """Rows with named columns: iterate over it, take its length, or make a data frame of it."""

    # Whether things come with their names.
    _named = False

    def __init__(self, columns: Sequence[str], rows: list[Row], *, language: Language) -> None:
        self.columns = tuple(columns)
        self.rows = rows
        self._language = language

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} × ({', '.join(self.columns)})>"

    def dataframe(self) -> pd.DataFrame:
        """The rows as a pandas data frame, with the columns that the service's CSV has.

        In the answer to a question, beside a column of things, which are IRIs, stands
        ``…_label`` with their names.  Whole numbers are ``Int64``, other numbers ``Float64``, dates
        ``datetime64``, yes and no ``boolean``; a column of several kinds keeps the Python
        values.  Raises PandasMissing.
        """
        try:
            import pandas as pd
        except ImportError:
            raise pandas_missing(self._language) from None
        frame: dict[str, Any] = {}
        for name in self.columns:
            values = [row.get(name) for row in self.rows]
            frame[name] = _series(pd, [value and value.python for value in values])
            if self._named and any(value and value.iri for value in values):
                frame[f"{name}_label"] = _series(pd, [value and value.label for value in values])
        return pd.DataFrame(frame, index=range(len(self.rows)))


def _series(pd: Any, cells: list[Any]) -> Any:
    """The cells with the type that they share; what is not there is missing."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pd.Series(cells, dtype="boolean")
    if kinds == {int} and all(cell is None or abs(cell) < 2**63 for cell in cells):
        return pd.Series(cells, dtype="Int64")
    if kinds and kinds <= {int, float, Decimal}:
        return pd.Series([None if c is None else float(c) for c in cells], dtype="Float64")
    if kinds == {dt.date}:
        # In seconds: in nanoseconds, the default of pandas 2, years before 1678 do not exist.
        return pd.Series(cells, dtype="datetime64[s]")
    return pd.Series(cells) if kinds in ({str}, {dt.datetime}) else pd.Series(cells, dtype="object")
