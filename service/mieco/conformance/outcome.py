"""What came of one thing that was examined."""

from __future__ import annotations

from dataclasses import dataclass

from mieco.errors import SILENCE, Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """``name`` identifies it, ``what`` says it in words; ``found`` what was found that is not as
    it should be, or is worth telling."""

    name: str
    what: Text
    passed: bool
    found: Text = SILENCE
