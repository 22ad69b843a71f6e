"""Text that a spreadsheet cell may hold."""

from __future__ import annotations

import re

# Limit of Excel: "Excel specifications and limits".
MAX_CELL = 32_767
_CUT = " …（截断 · cut）"
# What XML 1.0 §2.2 does not allow.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell_text(text: str) -> str:
    """The text without characters that XML does not allow, cut to what a cell holds."""
    text = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - len(_CUT)] + _CUT
