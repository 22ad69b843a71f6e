"""1,000 names matched to 100,000 organisations, on one core.

    python benchmarks/reconcile.py [--known 100000] [--asked 1000]

Prints Markdown: seconds for the index, for the names in batches as OpenRefine sends them, and
for the naive way, every name held against every other with rapidfuzz; and how many names find
their organisation first.  The organisations are made up from real places and common words; a
name that is asked for has another spelling, a short word, a slip, or is that of nobody.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store
from rapidfuzz import fuzz, process

from mieco.intake.regions import all_regions
from mieco.reconcile.matching import Candidate, Matcher, NoLookUp
from mieco.reconcile.queries import Query
from mieco.search.index import index_names
from mieco.search.lookup import open_names
from mieco.terms import BASE, MIECO, RDF_TYPE, RDFS_LABEL

_BATCH = 50
_FIRMS, _SCHOOLS_TOO, _PLACED = 0.7, 0.85, 0.8
_NAIVE = 50
_BRANDS = "华瑞天恒金盛鑫达宏远嘉德信诚博通科立创新安泰永兴隆凯奥维星辰海川江汇联众和美佳源东方"
_FIELDS = (
    *("数字能源", "精密机械", "智能装备", "新材料", "生物医药", "汽车零部件", "光电", "半导体"),
    *("电子", "自动化设备", "环保工程", "食品", "纺织", "建筑工程", "信息技术", "软件", "物流"),
    *("农业开发", "机器人", "航空设备", "化工", "医疗器械", "新能源汽车", "包装", "模具", "电气"),
)
_FORMS = ("有限公司", "股份有限公司", "有限责任公司", "集团有限公司", "科技有限公司")
_SCHOOLS = (
    "职业技术学院",
    "职业学院",
    "学院",
    "大学",
    "职业技术大学",
    "中等职业技术学校",
    "技师学院",
)
_SUBJECTS = (
    "",
    "工业",
    "机电",
    "信息",
    "交通",
    "财经",
    "师范",
    "农业",
    "医药",
    "工程",
    "城市",
    "艺术",
)
_OFFICES = (
    *("教育局", "财政局", "科学技术局", "工业和信息化局", "发展和改革委员会", "人民政府"),
    *("人力资源和社会保障局", "高新技术产业开发区", "经济技术开发区", "市场监督管理局"),
    *("高新技术产业开发区管理委员会", "人民医院", "职业教育中心", "行业协会", "工商业联合会"),
)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--known", type=int, default=100_000)
    options.add_argument("--asked", type=int, default=1_000)
    given = options.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    chance = random.Random(given.known)
    known = list(_names(chance, given.known))
    asked = [_asked(chance, known) for _ in range(given.asked)]
    print(f"Python {platform.python_version()}, {platform.machine()}, one core\n")
    print("| step | seconds |\n| --- | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        indexing = _index(known, Path(folder))
        print(f"| index of {len(known):,} organisations | {indexing:.1f} |")
        matcher = Matcher(open_names(Path(folder)))
        found, seconds = _matched(matcher, [name for name, _ in asked])
    print(f"| {len(asked):,} names in batches of {_BATCH} | {seconds:.1f} |")
    naive = _naive([name for name, _ in asked[:_NAIVE]], known) * len(asked) / _NAIVE
    print(f"| the same with rapidfuzz, each against each (from {_NAIVE} names) | {naive:.0f} |")
    first = sum(bool(c) and c[0].thing.zh == w for c, (_, w) in zip(found, asked, strict=True) if w)
    matched = [
        (c[0].thing.zh, w) for c, (_, w) in zip(found, asked, strict=True) if c and c[0].match
    ]
    right = sum(name == wanted for name, wanted in matched)
    print(f"\n{naive / seconds:.0f} times as fast; of {sum(bool(w) for _, w in asked)} names")
    print(f"{first} find theirs first; {right} of {len(matched)} matches are right.")


def _names(chance: random.Random, count: int) -> Iterator[str]:
    """So many names, each once, in the proportions of consortia: mostly firms."""
    regions = [r for r in all_regions() if r.level != "province"]
    cities = [r.name.removesuffix("市") for r in regions if r.level == "prefecture"]
    seen: set[str] = set()
    while len(seen) < count:
        kind = chance.random()
        if kind < _FIRMS:
            place = (
                chance.choice(cities) + chance.choice(("", "", "市"))
                if chance.random() < _PLACED
                else ""
            )
            brand = "".join(chance.choices(_BRANDS, k=chance.choice((2, 2, 3))))
            name = f"{place}{brand}{chance.choice(_FIELDS)}{chance.choice(_FORMS)}"
        elif kind < _SCHOOLS_TOO:
            kind_of_school = chance.choice(_SUBJECTS) + chance.choice(_SCHOOLS)
            name = chance.choice(cities) + kind_of_school
            if name in seen:
                name = chance.choice(regions).name + kind_of_school
        else:
            name = f"{chance.choice(regions).name}{chance.choice(_OFFICES)}"
        if name not in seen:
            seen.add(name)
            yield name


def _asked(chance: random.Random, known: list[str]) -> tuple[str, str]:
    """A name to ask for, and whose it is; that of nobody is empty."""
    name = chance.choice(known)
    place = chance.randrange(2, len(name))
    match chance.randrange(8):
        case 0 | 1:
            return name, name
        case 2:
            return f"{name}（成员单位）", name
        case 3:
            return name.replace("有限公司", "公司").replace("高新技术产业开发区", "高新区"), name
        case 4:
            return name[:place] + name[place + 1 :], name
        case 5:
            return name[:place] + chance.choice(_BRANDS) + name[place + 1 :], name
        case 6:
            return f"{name}{chance.choice(('分公司', '附属中学', '办公室'))}", name
        case _:
            return next(n for n in _names(chance, 10**9) if n not in known), ""


def _index(names: list[str], folder: Path) -> float:
    store = Store()
    for number, name in enumerate(names):
        thing = NamedNode(f"{BASE}id/organisation/o{number}")
        store.add(Quad(thing, NamedNode(RDFS_LABEL), Literal(name, language="zh")))
        store.add(Quad(thing, NamedNode(RDF_TYPE), NamedNode(MIECO + "CollectiveActor")))
    start = time.perf_counter()
    index_names(store, folder, None, None)
    return time.perf_counter() - start


def _matched(matcher: Matcher, names: list[str]) -> tuple[list[list[Candidate]], float]:
    found: list[list[Candidate]] = []
    start = time.perf_counter()
    for first in range(0, len(names), _BATCH):
        batch = [Query(name) for name in names[first : first + _BATCH]]
        found += matcher.match(batch, NoLookUp())
    return found, time.perf_counter() - start


def _naive(names: list[str], known: list[str]) -> float:
    start = time.perf_counter()
    for name in names:
        process.extract(name, known, scorer=fuzz.WRatio, limit=5)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
