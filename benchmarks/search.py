"""Search over 100,000 organisations: the index made, brought up to date, and asked.

    python benchmarks/search.py [--organisations 100000]

Prints Markdown.  The organisations are made up of real places and of words that names of
organisations have.  The peer, in the same run, is what search was before there was an index: a
SPARQL query that looks through all names for those that contain a text (in memory).
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measuring import Clock
from pyoxigraph import Literal, NamedNode, Quad, Store

from mieco.intake.regions import all_regions
from mieco.search.finding import Finder, Sought
from mieco.search.index import FILE, index_names
from mieco.search.lookup import open_names
from mieco.terms import BASE, GRAPH, MIECO, RDF_TYPE, RDFS_LABEL

_DATA = NamedNode(GRAPH + "data/made/up")
_LABEL = NamedNode(RDFS_LABEL)
_FIELDS = (
    *("新能源", "轨道交通", "智能制造", "生物医药", "电子信息", "航空航天", "现代农业", "精密机械"),
    *("汽车零部件", "软件", "纺织", "建筑工程", "物流", "化工", "光电", "机器人", "新材料", "旅游"),
)
_SYLLABLES = "华中天安宏泰瑞恒鑫盛达兴隆金德康润永昌博远科创联信诚源通海龙凤星辰"
_ENDS = (
    *(("有限公司", "Enterprise", "Co., Ltd."),) * 6,
    ("股份有限公司", "Enterprise", "Corporation"),
    ("职业技术学院", "HigherVocationalCollege", "Vocational and Technical College"),
    ("产业园区", "IndustrialPark", "Industrial Park"),
    ("研究院", "ResearchInstitute", "Research Institute"),
)
_SEARCHES = {
    "whole name": "{name}",
    "two characters": "汽车",
    "four characters": "轨道交通",
    "place and field": "常州 新能源",
    "one character": "龙",
    "traditional": "蘇州軟件",
    "slip": "常洲新能源",
    "abbreviation": "苏州职院",
    "pinyin": "suzhouruanjian",
    "initials": "szrj",
    "two words": "suzhou college",
    "English slip": "vocatoinal",
    "nothing": "qqqqqqqq",
}
_SCAN = """
SELECT ?thing (SAMPLE(?found) AS ?name) (MIN(STRLEN(?found)) AS ?length) WHERE {
  ?thing <http://www.w3.org/2000/01/rdf-schema#label> ?found .
  FILTER (CONTAINS(LCASE(STR(?found)), "%s"))
} GROUP BY ?thing ORDER BY ?length ?thing LIMIT 100
"""


def _organisations(count: int) -> Iterator[Quad]:
    chance = random.Random(count)
    regions = [region for region in all_regions() if region.level in ("prefecture", "county")]
    for number in range(count):
        thing = NamedNode(f"{BASE}id/organisation/x{number}")
        place = chance.choice(regions)
        own = "".join(chance.sample(_SYLLABLES, 2))
        field = chance.choice(_FIELDS)
        end, kind, english = chance.choice(_ENDS)
        chinese = Literal(f"{place.name}{own}{field}{end}", language="zh")
        yield Quad(thing, _LABEL, chinese, _DATA)
        yield Quad(thing, _LABEL, Literal(f"Body {number} {english}", language="en"), _DATA)
        yield Quad(thing, NamedNode(RDF_TYPE), NamedNode(MIECO + kind), _DATA)


def _median(work: Callable[[], object], times: int) -> float:
    """The median of its milliseconds."""
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - started))
    return statistics.median(taken)


def _scan(store: Store, text: str) -> Callable[[], object]:
    query = _SCAN % text.lower()
    return lambda: list(store.query(query, use_default_graph_as_union=True))  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--organisations", type=int, default=100_000)
    count = parser.parse_args().organisations
    store = Store()
    store.bulk_extend(_organisations(count))
    print(f"{count:,} organisations, {2 * count:,} names; Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as made:
        before, after = Path(made) / "1", Path(made) / "2"
        before.mkdir()
        after.mkdir()
        clock = Clock()
        index_names(store, before, None, None)
        print(f"index made: {clock():.1f} s, {(before / FILE).stat().st_size >> 20} MB")
        thing = NamedNode(f"{BASE}id/organisation/x1")
        change = Quad(thing, _LABEL, Literal("改名之后"), _DATA)
        store.add(change)
        clock()
        index_names(store, after, before, [change])
        print(f"brought up to date after a change of one name: {1000 * clock():.0f} ms\n")
        finder = Finder(open_names(after))
        name = finder.names.things([count // 2])[count // 2].zh
        print("| search | text | found | ms | scan, ms | scan ÷ search |")
        print("|---|---|---:|---:|---:|---:|")
        every = []
        for kind, pattern in _SEARCHES.items():
            text = pattern.format(name=name)
            found = finder.find(Sought(text)).total
            fresh = _median(lambda: Finder(finder.names).find(Sought(text)), 5)  # noqa: B023
            scan = _median(_scan(store, text), 3)
            every.append((fresh, scan))
            print(f"| {kind} | {text} | {found} | {fresh:.1f} | {scan:.0f} | {scan / fresh:.1f} |")
        search, scan = (statistics.median(each) for each in zip(*every, strict=True))
        print(f"| median | | | {search:.1f} | {scan:.0f} | {scan / search:.1f} |")


if __name__ == "__main__":
    main()
