"""How like two names are, and what the likeness rests on: pure functions of both.

A score of 100 is the same name.  What is not likely to be a slip, another wording or the same
name in another script only counts for something to show people, whatever the letters share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol
from typing import Literal as OneOf

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from mieco.intake.slips import pairs_of, slips_allowed, told_apart
from mieco.reconcile.places import Relation, relation, where_of
from mieco.reconcile.reading import Reading, is_note
from mieco.reconcile.wording import stem
from mieco.search.pinyin import readings

Ground = OneOf[
    "same",  # the same name, whatever its spelling
    "form",  # another legal form, or the place written otherwise
    "wording",  # short official words for long ones
    "renamed",  # a vocational school raised from 学院 to 大学
    "loose-wording",
    "rank",  # 学院 and 大学, or 职业 and 职业技术
    "group",  # a company and the group of its name
    "unplaced",  # only one name tells the place
    "within",  # one place lies in the other
    "remark",  # only one name has a remark in brackets
    "part",  # one name goes on where the other ends: a branch, campus, office
    "elsewhere",  # the same, but for the place
    "slip",
    "abbreviation",
    "pinyin",
    "initials",
    "word-order",
    "alike",
]
# What a match may rest on without more evidence.
STRONG: Final = frozenset({"same", "form", "wording", "renamed"})


@dataclass(frozen=True, slots=True)
class Likeness:
    """From 0 to 100, and on what ground."""

    score: float
    ground: Ground


class Vocabulary(Protocol):
    """What is known of the words of all names, Chinese ones as two characters side by side."""

    def is_word(self, pair: str) -> bool:
        """Whether two characters stand in so many names that they must be a word."""

    def is_known(self, word: str) -> bool:
        """Whether a word stands in any name."""

    def weight(self, pair: str) -> float:
        """How telling two characters are."""


_LEAST_STEM = 2
_SHORTEST_PART = 2
_SHORTEST_INITIALS = 3
# How alike two words are, and two names as they are said, if one may be a slip for the other.
_MISSPELT, _SAID_ALIKE = 75, 92
_MOST_SLIPS = 2
_SHORTEST_ABBREVIATION, _LONGEST_ABBREVIATION = 3, 8
_CAMPUS = ("校区", "分校", "院区", "园区", "分院", "分公司")


def compare(asked: Reading, known: Reading, vocabulary: Vocabulary) -> Likeness:
    """How like a known name is to the one that is asked for."""
    if asked.dense and asked.dense == known.dense:
        return Likeness(100 if asked.parts.key == known.parts.key else 99, "same")
    if asked.is_latin or known.is_latin:
        return _latin(asked, known, vocabulary)
    return max(
        _by_region(asked, known),
        _by_parts(asked, known),
        _by_slip(asked, known, vocabulary),
        _by_length(asked, known),
        _by_pairs(asked, known, vocabulary),
        key=lambda likeness: likeness.score,
    )


_NONE = Likeness(0, "alike")


def _by_region(asked: Reading, known: Reading) -> Likeness:
    """Both are nothing but a place, which one of them writes in short or from the province on."""
    if not asked.regions & known.regions:
        return _NONE
    # 吉林 may be the province or the city, 鼓楼区 a district of four cities.
    only_one = len(asked.regions | known.regions) == 1
    return Likeness(97, "form") if only_one else Likeness(90, "unplaced")


def _by_parts(asked: Reading, known: Reading) -> Likeness:
    """The same core: what of place, form, remark and rank differs."""
    place = relation(asked.where, known.where)
    remarks = asked.parts.remark, known.parts.remark
    if all(remarks) and remarks[0] != remarks[1]:
        return _NONE
    if asked.core == known.core:
        found = _of_same_core(asked, known, place)
    elif asked.loose == known.loose:
        found = _placed(Likeness(86, "loose-wording"), asked, known, place)
    elif asked.parts.school and asked.parts.school == known.parts.school:
        found = _placed(_of_same_school(asked, known), asked, known, place)
    elif asked.bare == known.bare:
        # 大连金普新区(大连经济技术开发区)…, without what stands in brackets.
        return Likeness(84, "remark")
    else:
        return _NONE
    if remarks[0] != remarks[1] and found.score:
        return Likeness(min(found.score, 60 if _sets_apart("".join(remarks)) else 82), "remark")
    return found


def _of_same_core(asked: Reading, known: Reading, place: Relation) -> Likeness:
    if ("集团" in asked.parts.form) != ("集团" in known.parts.form):
        best = Likeness(86, "group")
    elif asked.parts.core == known.parts.core:
        best = Likeness(98 if asked.parts.form == known.parts.form else 96, "form")
    else:
        best = Likeness(95, "wording")
    return _placed(best, asked, known, place)


def _placed(best: Likeness, asked: Reading, known: Reading, place: Relation) -> Likeness:
    """The likeness of two cores, seen with their places."""
    if place == "same" or not (asked.where.told or known.where.told):
        return best
    telling = len(stem(asked.core)) >= _LEAST_STEM
    if place == "unknown":
        return Likeness(best.score - (10 if telling else 38), "unplaced")
    if place == "within":
        return Likeness(best.score - (14 if telling else 40), "within")
    return Likeness(45 if telling else 20, "elsewhere")


def _of_same_school(asked: Reading, known: Reading) -> Likeness:
    raised = asked.parts.core[:-2] == known.parts.core[:-2]
    vocational = "职业" in asked.parts.core
    return Likeness(94, "renamed") if raised and vocational else Likeness(84, "rank")


def _sets_apart(remark: str) -> bool:
    """Whether a remark is more than a note: a place, as in 哈尔滨工业大学(深圳), or a campus."""
    return bool(where_of(remark).told) or remark.endswith(_CAMPUS)


def _by_slip(asked: Reading, known: Reading, vocabulary: Vocabulary) -> Likeness:
    if relation(asked.where, known.where) == "apart":
        return _NONE
    if all((asked.parts.remark, known.parts.remark)) and asked.parts.remark != known.parts.remark:
        return _NONE
    best = _NONE
    for one in asked.parts.texts:
        for other in known.parts.texts:
            distance = OSA.distance(one, other, score_cutoff=_MOST_SLIPS)
            if 0 < distance <= slips_allowed(one) and not told_apart(
                one, other, vocabulary.is_word
            ):
                score = 95 * (1 - distance / len(one))
                if score > best.score:
                    best = Likeness(score, "slip")
    return best


def _by_length(asked: Reading, known: Reading) -> Likeness:
    """One name goes on where the other ends, or is an abbreviation of it."""
    long, short = asked.dense, known.dense
    if len(long) < len(short):
        long, short = short, long
    if len(short) < _SHORTEST_PART or relation(asked.where, known.where) == "apart":
        return _NONE
    # The shorter what goes on or is abbreviated, the less is passed over.
    share = len(short) / len(long)
    if long.startswith(short):
        tail = long[len(short) :]
        if len(asked.dense) > len(known.dense) and is_note(tail):
            return Likeness(94, "form")
        if long == asked.dense:
            return Likeness(64 + 3 * share, "part")
        return Likeness(60 + 3 * share, "abbreviation")
    if short in long and long == known.dense:
        return Likeness(58 + 3 * share, "abbreviation")
    whole = known if long == known.dense else asked
    if _abbreviates(short, long) or _abbreviates(short, whole.parts.core + whole.parts.form):
        return Likeness((56 if short == asked.dense else 50) + 12 * share, "abbreviation")
    return _NONE


def _abbreviates(short: str, long: str) -> bool:
    """Whether the short text takes characters of the long one, in order, its first among them."""
    if not _SHORTEST_ABBREVIATION <= len(short) <= _LONGEST_ABBREVIATION or short[0] != long[0]:
        return False
    rest = iter(long)
    return all(character in rest for character in short)


def _by_pairs(asked: Reading, known: Reading, vocabulary: Vocabulary) -> Likeness:
    """What the two share of characters side by side, the telling ones first."""
    one, other = pairs_of(asked.short), pairs_of(known.short)
    if relation(asked.where, known.where) == "apart":
        return _NONE
    shared = sum(map(vocabulary.weight, one & other))
    either = sum(map(vocabulary.weight, one | other))
    return Likeness(72 * shared / either, "alike") if either else _NONE


def _latin(asked: Reading, known: Reading, vocabulary: Vocabulary) -> Likeness:
    if known.is_latin and asked.is_latin:
        return _by_words(asked.words, known.words, vocabulary)
    latin, chinese = (asked, known) if asked.is_latin else (known, asked)
    return _by_reading(latin, chinese)


def _by_words(asked: tuple[str, ...], known: tuple[str, ...], vocabulary: Vocabulary) -> Likeness:
    if asked == known:
        return Likeness(98, "same")
    if sorted(asked) == sorted(known):
        return Likeness(86, "word-order")
    if (
        len(asked) == 1
        and len(asked[0]) >= _SHORTEST_INITIALS
        and asked[0] == "".join(w[0] for w in known)
    ):
        return Likeness(60, "initials")
    one, other = " ".join(asked), " ".join(known)
    if one.replace(" ", "") == other.replace(" ", ""):
        return Likeness(96, "form")
    if len(asked) == len(known) and all(
        a == b or _is_misspelt(a, b, vocabulary) for a, b in zip(asked, known, strict=True)
    ):
        return Likeness(0.92 * fuzz.ratio(one, other), "slip")
    ratio = max(fuzz.ratio(one, other), 0.95 * fuzz.token_sort_ratio(one, other))
    return Likeness(0.72 * ratio, "alike")


def _is_misspelt(asked: str, known: str, vocabulary: Vocabulary) -> bool:
    """Whether a word may be a slip for another: a word of other names is none."""
    return fuzz.ratio(asked, known) >= _MISSPELT and not vocabulary.is_known(asked)


def _by_reading(latin: Reading, chinese: Reading) -> Likeness:
    """How Chinese is said, in full or by the first letter of each syllable."""
    letters = latin.dense
    best = _NONE
    for text in dict.fromkeys((chinese.dense, chinese.parts.head, chinese.short)):
        for syllables in readings(text):
            said = "".join(syllables)
            if said == letters:
                return Likeness(90, "pinyin")
            if said.startswith(letters) or letters.startswith(said):
                share = min(len(said), len(letters)) / max(len(said), len(letters))
                best = max(best, Likeness(75 * share, "pinyin"), key=lambda each: each.score)
            elif (ratio := fuzz.ratio(said, letters)) >= _SAID_ALIKE:
                best = max(best, Likeness(0.85 * ratio, "pinyin"), key=lambda each: each.score)
            initials = "".join(syllable[0] for syllable in syllables)
            if len(letters) >= _SHORTEST_INITIALS and initials.startswith(letters):
                score = 62 if initials == letters else 50
                best = max(best, Likeness(score, "initials"), key=lambda each: each.score)
    return best
