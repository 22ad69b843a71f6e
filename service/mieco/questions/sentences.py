"""Sentences with names in them: ``{consortium}的秘书处设在{host}[，主任为{head}]。``

A name in braces stands for a value; what is in square brackets is said only if all its values
are there.  Brackets may stand within brackets: ``[，[{qualifier}]{number}]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{(\w+)\}")


def fields_of(pattern: str) -> list[str]:
    """The names in a pattern.  Raises ValueError for brackets that do not match."""
    rest = _FIELD.sub("", _opened(pattern, lambda part: part[1]))
    if stray := re.search(r"[][{}]", rest):
        raise ValueError(f"'{stray[0]}' without its other half in: {pattern}")
    return _FIELD.findall(pattern)


def filled(pattern: str, values: Mapping[str, str], missing: str) -> str:
    """The sentence with its values; ``missing`` stands where a needed one is absent."""

    def optional(part: re.Match[str]) -> str:
        return part[1] if all(values.get(name) for name in fields_of(part[1])) else ""

    needed = _opened(pattern, optional)
    return _FIELD.sub(lambda field: values.get(field[1]) or missing, needed)


def _opened(pattern: str, said: Callable[[re.Match[str]], str]) -> str:
    """A pattern without its brackets, the innermost opened first."""
    while (opened := _OPTIONAL.sub(said, pattern)) != pattern:
        pattern = opened
    return pattern
