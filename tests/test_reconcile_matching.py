"""What is called a match and what is only offered, over a few made-up organisations."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyoxigraph import Literal, NamedNode, Quad, Store

from conftest import Run
from mieco.reconcile.matching import CREDIT_CODE, LOCATED_IN, Candidate, Matcher, NoLookUp
from mieco.reconcile.queries import Condition, Query
from mieco.reconcile.tables import as_csv
from mieco.search.index import index_names
from mieco.search.lookup import open_names
from mieco.terms import BASE, MIECO, RDF_TYPE, RDFS_LABEL

CODE = "91320400MA1MYWM47P"
NAMES = {
    "firm": "甲乙丙丁科技有限公司",
    "group": "戊己庚辛集团有限公司",
    "suzhou": "苏州高新技术产业开发区",
    "changzhou": "常州高新技术产业开发区",
    "gulou-nanjing": "南京市鼓楼区教育局",
    "gulou-fuzhou": "福州市鼓楼区教育局",
    "twin-1": "壬癸精密机械有限公司",
    "twin-2": "壬癸精密机械有限公司",
    "school": "某州工业职业技术学院",
}


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    store = Store()
    for key, name in NAMES.items():
        thing = NamedNode(f"{BASE}id/organisation/{key}")
        label = Literal(name, language="zh")
        store.add(Quad(thing, NamedNode(RDF_TYPE), NamedNode(MIECO + "Enterprise")))
        store.add(Quad(thing, NamedNode(RDFS_LABEL), label))
    firm = NamedNode(f"{BASE}id/organisation/firm")
    store.add(Quad(firm, NamedNode(CREDIT_CODE), Literal(CODE)))
    folder = tmp_path_factory.mktemp("names")
    index_names(store, folder, None, None)
    return Matcher(open_names(folder))


def best(matcher: Matcher, name: str, **conditions: str) -> Candidate | None:
    properties = {"place": LOCATED_IN, "code": CREDIT_CODE}
    told = tuple(Condition(properties[key], (value,)) for key, value in conditions.items())
    found = matcher.match([Query(name, conditions=told)], NoLookUp())[0]
    return found[0] if found else None


def matched(matcher: Matcher, name: str, **conditions: str) -> str | None:
    """The key of what is matched."""
    found = best(matcher, name, **conditions)
    return found.thing.iri.rpartition("/")[2] if found and found.match else None


def test_a_credit_code_decides(matcher: Matcher) -> None:
    assert matched(matcher, CODE) == "firm"
    assert matched(matcher, "另一个名称", code="9132 0400-ma1mywm47p") == "firm"
    assert matched(matcher, NAMES["firm"], code="91320400MA1MYWM480") is None


def test_two_of_one_name_are_told_apart_by_nothing_else(matcher: Matcher) -> None:
    found = best(matcher, NAMES["twin-1"])
    assert found is not None
    assert (found.score, found.match) == (100, False)


@pytest.mark.parametrize(
    ("name", "place", "key"),
    [
        ("鼓楼区教育局", "", None),
        ("鼓楼区教育局", "福州", "gulou-fuzhou"),
        ("鼓楼区教育局", "江苏省南京市", "gulou-nanjing"),
        ("福建省福州市鼓楼区教育局", "", "gulou-fuzhou"),
        ("徐州市鼓楼区教育局", "", None),
        ("高新区", "苏州", "suzhou"),
        ("常州市高新区", "", "changzhou"),
        ("无锡高新区", "", None),
    ],
)
def test_a_place_tells_districts_of_one_name_apart(
    matcher: Matcher, name: str, place: str, key: str | None
) -> None:
    assert matched(matcher, name, **({"place": place} if place else {})) == key


@pytest.mark.parametrize(
    "name",
    [
        "甲乙丙丁科技集团有限公司",
        "甲乙丙丁科技有限公司苏州分公司",
        "甲乙丙丁(中国)科技有限公司",
        "甲乙丙寅科技有限公司",
        "戊己庚辛有限公司",
        "某州工程职业技术学院",
        "苏州高新技术产业开发区管理委员会",
    ],
)
def test_what_may_be_another_is_no_match(matcher: Matcher, name: str) -> None:
    assert matched(matcher, name) is None


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(NAMES.values())), st.text(max_size=30))
def test_any_text_is_answered(matcher: Matcher, name: str, text: str) -> None:
    for asked in (text, name + text, text + name):
        found = matcher.match([Query(asked, limit=50)], NoLookUp())[0]
        scores = [candidate.score for candidate in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)
        assert sum(candidate.match for candidate in found) <= 1


def test_no_cell_becomes_a_formula() -> None:
    rows = [["=1+1", "+cmd|x", "-5", "@a", 99.5]]
    cells = list(csv.reader(io.StringIO(as_csv(["a", "b", "c", "d", "e"], rows))))[1]
    assert cells == ["'=1+1", "'+cmd|x", "-5", "'@a", "99.5"]


TABLE = "单位,所在地\n常州工业职业技术学院（牵头）,\n教育局,株洲\n=1+1,\n"


def test_a_column_of_a_spreadsheet_is_matched(
    mieco: Run, data_directory: Path, tmp_path: Path
) -> None:
    table, result = tmp_path / "名单.csv", tmp_path / "结果.xlsx"
    table.write_text(TABLE, encoding="gb18030")
    options = ("--column", "单位", "--place", "所在地", "--data", str(data_directory))
    done = mieco("reconcile", str(table), *options, "-o", str(result))
    assert done.returncode == 0, done.stderr
    assert "2 matched, 0 to check, 1 not found" in done.stderr
    rows = list(load_workbook(result).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("单位", "所在地", "result")
    assert rows[1][4] == BASE + "id/organisation/changzhou-gongye-zhiye-jishu-xueyuan"
    assert rows[2][4] == BASE + "id/organisation/zhuzhoushi-jiaoyuju"
    assert rows[3][0] == "=1+1"
    lacking = mieco("reconcile", str(table), "--column", "名称", "--data", str(data_directory))
    assert lacking.returncode == 2
    assert "has no column '名称'. It has: 单位, 所在地" in lacking.stderr
