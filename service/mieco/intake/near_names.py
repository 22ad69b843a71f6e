"""Names of organisations that are nearly the same, for people to decide on.

A near name is an offer: nothing is ever merged because of it.  Edit distance alone cannot
tell 常州工业职业技术学院 from 常州工程职业技术学院, two schools, or offer one with a slip and
not the other.  So a name is taken apart (place, core, remark in brackets, legal form) and a
difference counts as a slip only if it does not turn one known word into another.  A school
that was raised from 职业技术学院 to 职业技术大学, or from 学院 to 大学, is offered as well.

Measured on the 414 names of data/organisations.csv: of 170,982 pairs none is offered for one
another; with one random slip, 88 to 95 of 100 find their organisation again (a wrong
character 88 to 90, one left out 90, two swapped 95), and 1 in 100 finds another one too,
where the slip is in the name of a place.  Abbreviations (株洲高新区) and new names are not
found: they are alternative names to be known.  100,000 made-up names take 2 s against 500
known ones, 4 s against 5,000 and 31 s against 50,000, in 150 MB.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from mieco.intake.regions import Region, all_regions

_MOST_OFFERED = 3
_SAME = 1.0
_SAME_CORE = 0.95
_SAME_CORE_UNPLACED = 0.9
_SAME_SCHOOL = 0.92

# Two slips need a long name; in a very short one every slip makes another name.
_LEAST_LENGTH_FOR_ONE_SLIP = 5
_LEAST_LENGTH_FOR_TWO_SLIPS = 16
# Swapping two neighbours, the worst slip, alters three pairs of characters.
_PAIRS_LOST_TO_A_SLIP = 3
# Two characters side by side are taken for a word if they stand in two known names, or in
# one of a thousand where many are known.
_LEAST_NAMES_OF_A_WORD = 2
_NAMES_TO_A_WORD = 1000

# First and second, 东 and 西 tell organisations apart, however alike the rest is.
_TELLING = frozenset("0123456789〇零一二三四五六七八九十东南西北")
_BRACKETS = str.maketrans("〔〕【】[]〈〉", "()()()()")
_REMARK = re.compile(r"\(([^()]*)\)$")
_PEOPLES = "朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|蒙古|哈萨克|柯尔克孜|维吾尔"
# What a school is called before and after it is raised to a university.  苏州大学 and
# 苏州职业大学 are two, though.
_RANK_OF_SCHOOL = re.compile(r"(?P<vocational>职业(?:技术)?)?(?:学院|大学)$")
_KIND_OF_PLACE = re.compile(
    rf"(?<=..)(?:省|市|特别行政区|(?:(?:{_PEOPLES})族?)*自治[区州]|地区|盟)$"
)


# Two characters side by side, how many stand before them, and how long the text is.
_PlacedPair = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class NearName:
    """A known name that may mean the same organisation; a score of 1 is the same name."""

    name: str
    iri: str
    score: float


@dataclass(frozen=True, slots=True)
class _Parts:
    key: str
    head: str
    place: str
    core: str
    remark: str

    @property
    def school(self) -> str:
        """The core without the rank of a school; empty for what is none."""
        rank = _RANK_OF_SCHOOL.search(self.core)
        if rank is None:
            return ""
        return f"{self.core[: rank.start()]}{'职业' if rank['vocational'] else ''}学院"

    @property
    def texts(self) -> tuple[str, ...]:
        """What to look for slips in: with the place as it is written, and in short."""
        return tuple(dict.fromkeys((self.head, self.place + self.core)))


def same_name_key(name: str) -> str:
    """What the spellings of one name share: width, kind of bracket and spaces do not count."""
    folded = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    dense = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")
    # Without the space between them, a letter and an accent are one character.
    return unicodedata.normalize("NFKC", dense)


class NearNames:
    """Known names of organisations, to find those near to a given one."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """Take the known names, each with the IRI of what it names."""
        self._known = tuple(known.items())
        self._parts = tuple(_parts(name) for name in known)
        self._by_school: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_core: dict[str, list[int]] = defaultdict(list)
        self._by_pair: dict[_PlacedPair, list[tuple[str, int]]] = defaultdict(list)
        self._frequency: Counter[str] = Counter()
        for number, parts in enumerate(self._parts):
            self._by_core[parts.core].append(number)
            self._frequency.update(_pairs(parts.key))
            if parts.school:
                self._by_school[parts.place, parts.school].append(number)
            for text in parts.texts:
                for place, pair in enumerate(pairwise(text)):
                    self._by_pair["".join(pair), place, len(text)].append((text, number))
        self._word = max(_LEAST_NAMES_OF_A_WORD, len(known) // _NAMES_TO_A_WORD)

    def near(self, name: str) -> tuple[NearName, ...]:
        """The organisations that the name may mean, the nearest first, three at most."""
        asked = _parts(name)
        scores: dict[int, float] = {}
        for number, score in self._candidates(asked):
            scores[number] = max(score, scores.get(number, 0.0))
        best: dict[str, NearName] = {}
        for number in sorted(scores, key=lambda n: (-scores[n], n)):
            known, iri = self._known[number]
            best.setdefault(iri, NearName(known, iri, round(scores[number], 3)))
        return tuple(best.values())[:_MOST_OFFERED]

    def _candidates(self, asked: _Parts) -> Iterator[tuple[int, float]]:
        yield from self._of_same_core(asked)
        yield from self._raised(asked)
        yield from self._with_slips(asked)

    def _raised(self, asked: _Parts) -> Iterator[tuple[int, float]]:
        """The schools that this one may have been, or become."""
        if asked.school:
            for number in self._by_school.get((asked.place, asked.school), ()):
                if _may_be_one(asked, self._parts[number]):
                    yield number, _SAME_SCHOOL

    def _of_same_core(self, asked: _Parts) -> Iterator[tuple[int, float]]:
        alike = self._by_core.get(asked.core, ())
        for number in alike:
            known = self._parts[number]
            if known.key == asked.key:
                yield number, _SAME
            elif not _may_be_one(asked, known):
                continue
            elif known.place == asked.place:
                yield number, _SAME_CORE
            elif len(alike) == 1:
                # 教育局 without its place could be that of any city, which says nothing.
                yield number, _SAME_CORE_UNPLACED

    def _with_slips(self, asked: _Parts) -> Iterator[tuple[int, float]]:
        for text in asked.texts:
            slips = _slips_allowed(text)
            if not slips:
                continue
            candidates = {
                (known, number): known
                for known, number in self._sharing_a_pair(text, slips)
                if _may_be_one(asked, self._parts[number])
            }
            for known, distance, (_, number) in process.extract(
                text, candidates, scorer=OSA.distance, score_cutoff=slips, limit=None
            ):
                if distance and not self._told_apart(text, known):
                    yield number, _SAME_CORE * (1 - distance / len(text))

    def _sharing_a_pair(self, text: str, slips: int) -> set[tuple[str, int]]:
        """The known texts that are near enough, and others that share a rare pair.

        So few slips cannot alter all the pairs looked up, nor move one by more places; the
        rarest pairs find the fewest texts.
        """
        pairs = [("".join(pair), place) for place, pair in enumerate(pairwise(text))]
        pairs.sort(key=lambda placed: self._frequency[placed[0]])
        drift = range(-slips, slips + 1)
        return {
            found
            for pair, place in pairs[: slips * _PAIRS_LOST_TO_A_SLIP + 1]
            for shift in drift
            for longer in drift
            for found in self._by_pair.get((pair, place + shift, len(text) + longer), ())
        }

    def _told_apart(self, one: str, other: str) -> bool:
        """Whether the difference makes another name: a number, or one word for another."""
        changed = (Counter(one) - Counter(other)) + (Counter(other) - Counter(one))
        if not changed:
            return False
        if _TELLING & changed.keys():
            return True
        pairs, others = _pairs(one), _pairs(other)
        return all(
            any(self._frequency[pair] >= self._word for pair in difference)
            for difference in (pairs - others, others - pairs)
        )


def _may_be_one(asked: _Parts, known: _Parts) -> bool:
    """Whether neither the places nor the remarks in brackets tell the two apart."""
    return (not (asked.place and known.place) or asked.place == known.place) and (
        not (asked.remark and known.remark) or asked.remark == known.remark
    )


def _pairs(text: str) -> set[str]:
    return {first + second for first, second in pairwise(text)}


def _slips_allowed(text: str) -> int:
    return (len(text) >= _LEAST_LENGTH_FOR_ONE_SLIP) + (len(text) >= _LEAST_LENGTH_FOR_TWO_SLIPS)


def _parts(name: str) -> _Parts:
    key = same_name_key(name).casefold()
    form = _legal_form()
    head = form.sub("", key)
    remark = _REMARK.search(head)
    if remark:
        head = form.sub("", head[: remark.start()])
    place, core = _place_and_core(head)
    if not core:
        return _Parts(key, head=key, place="", core=key, remark="")
    return _Parts(key, head, place, core, remark[1] if remark else "")


@cache
def _legal_form() -> re.Pattern[str]:
    """What finds a legal form at the end of a name, with or without one slip in it."""
    limited = "|".join(
        spelling
        for form in ("股份有限公司", "有限责任公司", "有限公司")
        for spelling in (form, *_with_a_slip(form))
    )
    return re.compile(rf"(?:\(集团\)|集团)?(?:{limited}|(?<!分)公司)$|(?:\(集团\)|集团)$")


def _with_a_slip(form: str) -> Iterator[str]:
    """Patterns for another character, none, or two that changed places, after the first."""
    for i in range(1, len(form)):
        yield f"{form[:i]}.?{form[i + 1 :]}"
        yield f"{form[:i]}{form[i + 1 : i + 2]}{form[i]}{form[i + 2 :]}"


def _place_and_core(name: str) -> tuple[str, str]:
    """The narrowest place at the beginning of the name, and what follows the places."""
    spellings, at_start = _places()
    place = ""
    while found := at_start.match(name):
        place, name = spellings[found[0]], name[found.end() :]
    return place, name


@cache
def _places() -> tuple[Mapping[str, str], re.Pattern[str]]:
    """The short name of a place by each of its spellings, and what finds a spelling."""
    spellings = dict(_spellings(all_regions()))
    longest_first = sorted(spellings, key=len, reverse=True)
    return spellings, re.compile("|".join(map(re.escape, longest_first)))


def _spellings(regions: Iterable[Region]) -> Iterator[tuple[str, str]]:
    for region in regions:
        if region.level == "county":
            # 东方 is a city of Hainan, but not in 东方电气: a county needs its full name.
            yield region.name, region.name
            continue
        short = _KIND_OF_PLACE.sub("", region.name)
        yield region.name, short
        yield short, short
        if region.name.endswith("自治州"):
            yield short + "州", short
