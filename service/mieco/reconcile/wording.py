"""Official words in names of organisations, and the short ones that people write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from mieco.intake.name_parts import short_name
from mieco.intake.regions import all_regions

# What means the same, the usual short word last.
_SAME: Final = (
    ("高新技术产业开发区", "高新技术产业园区", "高新技术开发区", "高新技术产业区", "高新区"),
    ("经济技术开发区", "经济技术产业开发区", "经开区"),
    ("农业高新技术产业示范区", "农高区"),
    ("管理委员会", "管理委员", "管委会"),
    ("人民政府", "政府"),
    ("发展和改革委员会", "发展改革委员会", "发展改革委", "发改委"),
    ("发展和改革局", "发展改革局", "发改局"),
    ("工业和信息化局", "工业与信息化局", "工业信息化局", "工信局"),
    ("工业和信息化厅", "工业与信息化厅", "工信厅"),
    ("经济和信息化局", "经济信息化局", "经信局"),
    ("经济和信息化厅", "经济信息化厅", "经信厅"),
    ("人力资源和社会保障局", "人力资源社会保障局", "人力资源与社会保障局", "人社局"),
    ("人力资源和社会保障厅", "人力资源社会保障厅", "人社厅"),
    ("科学技术局", "科技局"),
    ("科学技术厅", "科技厅"),
    ("科技创新委员会", "科技创新委", "科创委"),
    ("教育和体育局", "教育体育局", "教体局"),
    ("市场监督管理局", "市场监管局", "市监局"),
    ("国有资产监督管理委员会", "国有资产监管委员会", "国资委"),
    ("工商业联合会", "工商联合会", "工商联"),
    (
        "市域产教联合体",
        "市域产教融合联合体",
        "区域产教联合体",
        "产教融合联合体",
        # What is left of 深圳市域产教联合体 after its place.
        "域产教联合体",
        "产教联合体",
    ),
    ("产教融合共同体", "产教共同体"),
    ("高等专科学校", "高专"),
    ("中等职业技术学校", "中等职业学校", "中职学校"),
    ("技师学院", "高级技师学院"),
    ("办公厅", "办公室", "办"),
)
# What may mean the same: 经开区 is said of both kinds of zone, 职院 of both kinds of school.
_ALIKE: Final = (
    ("经济开发区", "经开区"),
    ("职业技术学院", "职业学院", "职院"),
    ("职业技术大学", "职业大学", "职大"),
    ("职业技术学校", "职业学校", "职校"),
    ("人力资源保障局", "人社局"),
    ("信息技术", "信息"),
)
_JOINING: Final = "和与及暨"
GOVERNMENT: Final = re.compile("(?:人民)?政府$")
_NATIONAL: Final = re.compile(r"国家级?(?=高新区|经开区|农高区)")

# What an organisation is, which many in other places are too.
_COMMON: Final = re.compile(
    "(?:行业|工业|职业|技术|职业教育|教育|科技|科学|财政|人社|发改|工信|经信|民政|商务|交通|"
    "农业|卫生|健康|文化|体育|公共|服务|管理|发展|改革|产业|经济|建设|投资|水务|城市|人民|第一|"
    "第二|中心|委员会|委|局|厅|政府|办公室|管委会|开发区|高新区|经开区|新区|园区|工业园|科技园|"
    "大学|学院|学校|中学|职院|高专|协会|学会|商会|联合会|医院|银行|实验室|研究院|研究所|联盟|"
    "联合体|共同体|基地|市场|监督|科创|教体|国资|市监|产教)+$"
)


def _table(*groups: tuple[tuple[str, ...], ...]) -> tuple[Mapping[str, str], re.Pattern[str]]:
    short = {word: words[-1] for group in groups for words in group for word in words[:-1]}
    longest_first = sorted(short, key=len, reverse=True)
    return short, re.compile("|".join(longest_first))


_SHORT, _LONG_WORD = _table(_SAME)
_SHORT_OR_ALIKE, _LONG_OR_ALIKE = _table(_SAME, _ALIKE)
_LONG: Final = {words[-1]: words[0] for words in (*_SAME, *_ALIKE) if len(words[-1]) > 1}
_SHORT_WORD: Final = re.compile("|".join(sorted(_LONG, key=len, reverse=True)))


def in_short(core: str) -> str:
    """A core in short official words: what it shares with others that mean the same."""
    return _tidy(_LONG_WORD.sub(lambda word: _SHORT[word[0]], core))


def loosely(core: str) -> str:
    """A core in short words that may mean the same."""
    return _tidy(_LONG_OR_ALIKE.sub(lambda word: _SHORT_OR_ALIKE[word[0]], core))


def in_full(core: str) -> str:
    """A core in long official words, such as stand in names that are on record."""
    return _SHORT_WORD.sub(lambda word: _LONG[word[0]], core)


def stem(core: str) -> str:
    """What is left of a core without the words that say what kind of organisation it is."""
    return _COMMON.sub("", core)


def _tidy(core: str) -> str:
    return _joining().sub(lambda found: found["word"] or "", _NATIONAL.sub("", core))


@cache
def _joining() -> re.Pattern[str]:
    """What finds a joining word, and the words that only look as if one were in them."""
    names = {each for region in all_regions() for each in (region.name, short_name(region))}
    words = {"共和国", *(name for name in names if set(_JOINING) & set(name))}
    longest_first = "|".join(sorted(words, key=lambda word: (-len(word), word)))
    return re.compile(rf"(?P<word>{longest_first})|(?<=.)[{_JOINING}](?=.)")
