"""How Chinese is read: the syllables of a name, and those of what people type.

pypinyin is imported when it is needed: its dictionary is slow to load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice, product

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z0-9]+")
_PART = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
# Of a name so short, all readings of its characters are known, up to so many.
_SHORT = 4
_MOST_READINGS = 6
# Ways to cut what was typed into syllables.
_MOST_CUTS = 6
_LONGEST_SYLLABLE = 6
# No name is typed at such length.
_LONGEST_TYPED = 100


def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """The ways to say a name, each as syllables without tones, the likeliest first.

    None for a name without Chinese.  Words and numbers in it stand among the syllables; ü is v,
    and u as well, since people type either.
    """
    if not _CHINESE.search(name):
        return ()
    from pypinyin import Style, pinyin

    found = [tuple(syllable for word in _words(name) for syllable in _of_word(word))]
    if len(name) <= _SHORT:
        each = pinyin(name, style=Style.NORMAL, heteronym=True)
        found += (_syllables(choice) for choice in islice(product(*each), _MOST_READINGS))
    for reading in list(found):
        if any("v" in syllable for syllable in reading):
            found.append(tuple(syllable.replace("v", "u") for syllable in reading))
    return tuple(dict.fromkeys(found))


def reading_order(name: str) -> tuple[str, ...]:
    """A key to sort names by how they are read, or by their letters."""
    read = readings(name)
    return read[0] if read else (name.casefold(),)


def _words(name: str) -> Iterator[str]:
    from pypinyin.seg.mmseg import seg

    for part in _PART.findall(name.casefold()):
        yield from [part] if part.isascii() else seg.cut(part)


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> tuple[str, ...]:
    """How a word is read.  The same few words stand in most names."""
    from pypinyin import lazy_pinyin

    return _syllables(lazy_pinyin(word))


def _syllables(parts: Iterable[str]) -> tuple[str, ...]:
    """Syllables, and the words and numbers in what is not Chinese."""
    return tuple(word for part in parts for word in _LATIN.findall(part.casefold()))


def cuts(typed: str) -> list[tuple[str, ...]]:
    """The ways to cut letters into syllables, the fewest first; the last may be unfinished."""
    if len(typed) > _LONGEST_TYPED:
        return []
    typed = typed.replace("ü", "v")
    whole, begun = _known_syllables()
    # From the end on, so that no part is cut twice.
    ways: dict[int, list[tuple[str, ...]]] = {}
    for start in range(len(typed) - 1, -1, -1):
        rest = typed[start:]
        found: list[tuple[str, ...]] = [(rest,)] if rest in begun else []
        for size in range(1, min(_LONGEST_SYLLABLE, len(rest) - 1) + 1):
            if rest[:size] in whole:
                found += [(rest[:size], *way) for way in ways[start + size]]
        ways[start] = sorted(found, key=len)[:_MOST_CUTS]
    return ways.get(0, [])


@cache
def _known_syllables() -> tuple[frozenset[str], frozenset[str]]:
    """All syllables, and all beginnings of syllables."""
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    toned = {each for all_of in PINYIN_DICT.values() for each in all_of.split(",")}
    plain = {to_normal(each, v_to_u=False) for each in toned}
    whole = {each for each in plain if each.isascii() and any(c in "aeiouv" for c in each)}
    whole |= {each.replace("v", "u") for each in whole}
    return frozenset(whole), frozenset(
        each[:size] for each in whole for size in range(1, len(each) + 1)
    )
