"""How far a long piece of work has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

Stage = Literal[
    "reading",
    "mapping",
    "checking",
    "comparing",
    "publishing",
    "inferring",
    "indexing",
    "sending",
    "switching",
    "fetching",
    "saving",
    "restoring",
    "verifying",
]

_SECONDS = 0.25

# Told the stage, how many rows or things are done in it, and of how many (0: not known).
Told = Callable[[Stage, int, int], None]


class Progress:
    """Tells, a few times a second at most, how far the work has come."""

    def __init__(self, told: Told | None = None) -> None:
        self._told = told
        self._stage: Stage = "reading"
        self._done, self._of = 0, 0
        self._next = 0.0

    def begin(self, stage: Stage, of: int = 0) -> None:
        """Begins a stage of so many steps; 0 where that is not known."""
        self._stage, self._done, self._of, self._next = stage, 0, of, 0.0
        self._tell()

    def step(self, steps: int = 1) -> None:
        """So many steps more are done."""
        self._done += steps
        if self._told and time.monotonic() >= self._next:
            self._tell()

    def _tell(self) -> None:
        if self._told:
            self._next = time.monotonic() + _SECONDS
            self._told(self._stage, self._done, self._of)
