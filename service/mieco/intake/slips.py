"""Slips in writing a name, and differences that make it another name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

# Two slips need a long name; in a very short one every slip makes another name.
_LEAST_LENGTH_FOR_ONE_SLIP = 5
_LEAST_LENGTH_FOR_TWO_SLIPS = 16
# First and second, 东 and 西 tell organisations apart, however alike the rest is.
_TELLING = frozenset("0123456789〇零一二三四五六七八九十东南西北")


def slips_allowed(text: str) -> int:
    """How many slips may be supposed in a text of this length."""
    return (len(text) >= _LEAST_LENGTH_FOR_ONE_SLIP) + (len(text) >= _LEAST_LENGTH_FOR_TWO_SLIPS)


def told_apart(one: str, other: str, is_word: Callable[[str], bool]) -> bool:
    """Whether the difference makes another name: a number, or one word for another.

    ``is_word`` says whether two characters side by side are known as a word.
    """
    changed = (Counter(one) - Counter(other)) + (Counter(other) - Counter(one))
    if not changed:
        return False
    if _TELLING & changed.keys():
        return True
    pairs, others = pairs_of(one), pairs_of(other)
    return all(any(map(is_word, difference)) for difference in (pairs - others, others - pairs))


def pairs_of(text: str) -> set[str]:
    """The characters side by side in a text."""
    return {first + second for first, second in pairwise(text)}
