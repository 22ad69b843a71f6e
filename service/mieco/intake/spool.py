"""Rows on disk between the two times that they are read, so that memory stays bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class Spool:
    """Rows of one sheet, written once and then read as often as needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8")
        self.length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, number: int, cells: Mapping[str, str]) -> None:
        """Adds a row: its number in the file, and its cells that are not blank."""
        json.dump([number, cells], self._file, ensure_ascii=False, separators=(",", ":"))
        self._file.write("\n")
        self.length += 1

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Every row that was added, in order."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                number, cells = json.loads(line)
                yield number, cells
