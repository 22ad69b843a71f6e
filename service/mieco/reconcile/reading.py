"""A name as it is compared: without notes, taken apart, in short words and in Latin ones."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from mieco.intake.name_parts import Parts, parts_of, places_and_core
from mieco.intake.regions import Region
from mieco.reconcile.places import Where, regions_of, where
from mieco.reconcile.wording import in_short, loosely
from mieco.search.forms import dense_of, simplified, words_of

# No name is as long; what follows is not looked at.
LONGEST = 200
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# 1. 常州…, (3) 常州…, ② 常州…
_NUMBERING = re.compile(
    r"^\s*(?:[(（]\d{1,3}[)）][、.．]?|\d{1,3}[、.．)）](?!\d)|[①-⑳]|[-•·*])\s*"
)
_UNIT = "(?:单位|院校|学校|企业|园区|方)?"
_NOTE = (
    rf"(?:(?:(?:共同|联合)?牵头|(?:常务)?副?(?:理事长|主任|会长|组长)|理事|成员|会员|发起|共建|参与|依托)"
    rf"{_UNIT}|秘书[处长]?{_UNIT}|盖章|公章|签章|待定|暂定|拟|申报中|筹建?中?|新增|已加入|"
    r"高职|中职|本科|高校|院校|企业|政府部门|科研院所|行业组织|公办|民办|央企|国企|等\d*家?(?:单位|企业)?)"
)
_NOTED = re.compile(_NOTE)
_LOOSE_NOTE = re.compile(rf"[\s—–\-:;,/|、]+{_NOTE}$")
# What a remark in brackets says of another name.
_OTHER_NAME = re.compile(
    r"^(?:原名|原称|原为|原|曾用名|曾名|旧称|旧名|前身为?|更名前为?|现更名为|现名|现为|简称|"
    r"以下简称|又名|又称|即|亦称|别名|英文名|英文)[::“\"']*"
)
# The state, before one of its bodies: 中国教育部, but not 中国石油大学 or 中国气象局.
_STATE = re.compile(
    r"^(?:中华人民共和国(?=.)|中国(?=国家.+(?:委员会|局|署)$|.{2,10}部(?:.{2,}[司厅局])?$))"
)
_QUOTES = re.compile("[“”‘’\"']")
_END = re.compile(r"[*#※^]+$")
_BRACKETS = str.maketrans("〔〕【】[]〈〉", "()()()()")
_LAST_BRACKET = re.compile(r"\(([^()]*)\)\s*$")
_INNER_BRACKET = re.compile(r"\([^()]*\)")
_FIRST_BRACKET = re.compile(r"^([^()]*)\(([^()]+)\)")
# Words of English names that tell nothing, and legal forms.
_EMPTY = frozenset({"of", "the", "and", "for", "in", "at", "on", "s"})
_FORMS = frozenset({"co", "ltd", "inc", "llc", "plc", "corp", "corporation", "company", "limited"})
_SPELT = {
    "univ": "university",
    "tech": "technology",
    "technological": "technology",
    "technical": "technology",
    "inst": "institute",
    "dept": "department",
    "centre": "center",
    "coll": "college",
    "intl": "international",
    "natl": "national",
    "organisation": "organization",
    "dev": "development",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A name as it is compared.

    ``text`` lacks notes about the organisation; ``dense`` is that in simplified characters
    without punctuation; ``regions`` are those that it may mean if it is nothing but a place;
    ``core`` and ``loose`` are what follows the places, in short words.
    ``bare`` is all of it in short words, but what stands in brackets.  ``words`` are those of a
    name in Latin letters.  ``others`` are names that it tells besides.
    """

    text: str
    dense: str
    parts: Parts
    where: Where
    regions: frozenset[Region]
    core: str
    loose: str
    bare: str
    words: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def is_latin(self) -> bool:
        return bool(self.words)

    @property
    def short(self) -> str:
        """The narrowest place and the core, both short."""
        return self.where.narrowest + self.core


def read(name: str) -> Reading:
    """The reading of a name as people write it; of nothing but notes, all of it is the name."""
    text, others = _without_notes(clean(name))
    return _read(text, dense_of(text), others)


@lru_cache(maxsize=50_000)
def read_known(name: str, dense: str) -> Reading:
    """The reading of a name that is on record, of which the index has the dense form."""
    return _read(clean(name), dense, ())


def _read(text: str, dense: str, others: tuple[str, ...]) -> Reading:
    simple = simplified(text)
    parts = parts_of(simple)
    places, core = parts.places, _dense(parts.core)
    if bracket := _FIRST_BRACKET.match(parts.key):
        # 广西(柳州)汽车产教联合体
        told, rest = places_and_core(bracket[1] + bracket[2])
        if told and not rest:
            places, core = told, _dense(parts.core.partition(")")[2]) or core
    latin = () if _CHINESE.search(simple) else words_of(simple)
    return Reading(
        text=text,
        dense=dense,
        parts=parts,
        where=where(places),
        regions=regions_of(dense),
        core=in_short(core),
        loose=loosely(core),
        bare=in_short(_dense(_INNER_BRACKET.sub("", parts.key))),
        words=_telling(latin),
        others=others,
    )


def _dense(key: str) -> str:
    """The letters, characters and digits of a part of a key."""
    return "".join(filter(str.isalnum, key)) or key


def clean(name: str) -> str:
    """A name without what no name has: control characters, halves of pairs, any length."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in name[:LONGEST])
    return "".join(kept).strip()


def _without_notes(name: str) -> tuple[str, tuple[str, ...]]:
    text = unicodedata.normalize("NFKC", _NUMBERING.sub("", name)).translate(_BRACKETS)
    text = _END.sub("", text).strip()
    others: list[str] = []
    while bracket := _LAST_BRACKET.search(text):
        remark = bracket[1].strip()
        if other := _OTHER_NAME.match(remark):
            others.append(_QUOTES.sub("", remark[other.end() :]))
        elif remark and not _NOTED.fullmatch(remark):
            break
        text = text[: bracket.start()].strip()
    text = _LOOSE_NOTE.sub("", text)
    simple = simplified(text)
    if state := _STATE.match(simple):
        others.append(simple[state.end() :])
    return text or name, tuple(filter(None, others))


def is_note(tail: str) -> bool:
    """Whether what follows a name is only a note about the organisation."""
    return bool(_NOTED.fullmatch(tail))


def _telling(words: tuple[str, ...]) -> tuple[str, ...]:
    told = tuple(_SPELT.get(w, w) for w in words if w not in _EMPTY and w not in _FORMS)
    return told or words
