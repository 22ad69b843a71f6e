"""The parts of an organisation's name: place, core, remark in brackets, legal form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from mieco.intake.regions import Region, all_regions

_BRACKETS = str.maketrans("〔〕【】[]〈〉", "()()()()")
_REMARK = re.compile(r"\(([^()]*)\)$")
_PEOPLES = "朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|蒙古|哈萨克|柯尔克孜|维吾尔"
# What a school is called before and after it is raised to a university.  苏州大学 and
# 苏州职业大学 are two, though.
_RANK_OF_SCHOOL = re.compile(r"(?P<vocational>职业(?:技术)?)?(?:学院|大学)$")
_KIND_OF_PLACE = re.compile(
    rf"(?<=..)(?:省|市|特别行政区|(?:(?:{_PEOPLES})族?)*自治[区州]|地区|盟)$"
)


# (集团)股份有限公司, with a slip, and what must not stand before 公司.
_LONGEST_FORM = 12


@dataclass(frozen=True, slots=True)
class Parts:
    """A name taken apart.

    ``key`` is all of it as its spellings share it, in lower case; ``head`` lacks the legal form
    and the remark, and what it begins with are the short names of ``places``, the widest first;
    ``core`` is the rest.  ``form`` is the legal form as it is written.
    """

    key: str
    head: str
    places: tuple[str, ...]
    core: str
    remark: str
    form: str

    @property
    def place(self) -> str:
        """The narrowest place; may be empty."""
        return self.places[-1] if self.places else ""

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


def parts_of(name: str) -> Parts:
    """The parts of a name; one that is nothing but places and a form is all core."""
    key = same_name_key(name).casefold()
    head = _without_form(key)
    remark = _REMARK.search(head)
    if remark:
        head = _without_form(head[: remark.start()])
    places, core = places_and_core(head)
    if not core:
        return Parts(key, head=key, places=(), core=key, remark="", form="")
    written = key[len(head) : remark.start()] if remark else key[len(head) :]
    return Parts(key, head, places, core, remark[1] if remark else "", written)


def _without_form(name: str) -> str:
    # The pattern would try each place of a long name, but a form stands at the end.
    rest, end = name[:-_LONGEST_FORM], name[-_LONGEST_FORM:]
    return rest + _legal_form().sub("", end)


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


def places_and_core(name: str) -> tuple[tuple[str, ...], str]:
    """The places at the beginning of the name, and what follows them."""
    spellings, lengths = _places()
    places: list[str] = []
    while found := next((name[:size] for size in lengths if name[:size] in spellings), None):
        places.append(spellings[found])
        name = name[len(found) :]
    return tuple(places), name


@cache
def _places() -> tuple[Mapping[str, str], tuple[int, ...]]:
    """The short name of a place by each of its spellings, and how long these are."""
    spellings = dict(_spellings(all_regions()))
    return spellings, tuple(sorted({len(each) for each in spellings}, reverse=True))


def short_name(region: Region) -> str:
    """What a region is called in names: 常州, 楚雄.

    东方 is a city of Hainan, but not in 东方电气: a county needs its full name.
    """
    return region.name if region.level == "county" else _KIND_OF_PLACE.sub("", region.name)


def _spellings(regions: Iterable[Region]) -> Iterator[tuple[str, str]]:
    for region in regions:
        if region.level == "county":
            yield region.name, region.name
            continue
        short = short_name(region)
        yield region.name, short
        yield short, short
        if region.name.endswith("自治州"):
            yield short + "州", short
