"""Administrative divisions: the list is whole, and a name or code means one of them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from mieco import content
from mieco.errors import Text
from mieco.intake.regions import Region, all_regions
from mieco.intake.values import Unfit

REGIONS = all_regions()
CHANGZHOU = Region("320400", "常州市", "prefecture", "320000")
SCHEME = URIRef("https://w3id.org/mieco/concept/region")


def reason(text: str) -> Text:
    with pytest.raises(Unfit) as refused:
        REGIONS.find(text)
    return refused.value.reason


def test_the_list_is_whole() -> None:
    codes = [region.code for region in REGIONS]
    assert codes == sorted(set(codes))
    assert Counter(region.level for region in REGIONS) == {
        "province": 34,
        "prefecture": 333,
        "county": 2849,
    }
    for region in REGIONS:
        above = REGIONS.path(region)[:-1]
        assert all(region.code.startswith(part.code.rstrip("0")) for part in above)
        assert bool(above) == (region.level != "province")


def test_the_list_agrees_with_the_concepts_of_the_ontology() -> None:
    schemes = Graph().parse(content.folder("ontology") / "schemes.ttl")
    concepts = list(schemes.subjects(SKOS.inScheme, SCHEME))
    assert concepts
    for concept in concepts:
        region = REGIONS.find(str(schemes.value(concept, SKOS.notation)))
        names = {str(n) for n in schemes.objects(concept, SKOS.prefLabel) if n.language == "zh"}
        broader = [str(b).rsplit("/", 1)[1] for b in schemes.objects(concept, SKOS.broader)]
        assert names == {region.name}
        assert broader == ([region.parent] if region.parent else [])


@pytest.mark.parametrize(
    "text", ["320400", "常州市", "江苏省常州市", " 江苏省 常州市 ", "３２０４００"]
)
def test_a_region_is_found_by_code_and_by_name(text: str) -> None:
    assert REGIONS.find(text) == CHANGZHOU


@given(st.sampled_from(list(REGIONS)))
def test_every_region_is_found_by_its_code_and_its_full_name(region: Region) -> None:
    assert REGIONS.find(region.code) == region
    assert REGIONS.find(REGIONS.full_name(region)) == region


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("320499", "3204.. 是常州市", "3204.. is 常州市"),
        ("329999", "32.... 是江苏省", "32.... is 江苏省"),
        ("990000", "没有以 99 开头", "no province has a code that begins with 99"),
        ("3204", "现有 4 位", "has 4"),
        ("常州", "320400 江苏省常州市", "320400 江苏省常州市"),
        ("亚特兰蒂斯", "不是县级以上行政区划", "is neither the code nor the full name"),
        ("", "不是县级以上行政区划", "is neither the code nor the full name"),
    ],
)
def test_what_is_no_region_is_explained(text: str, zh: str, en: str) -> None:
    said = reason(text)
    assert zh in said.zh
    assert en in said.en


def test_a_name_of_several_regions_lists_their_codes() -> None:
    said = reason("鼓楼区")
    for code in ("320106", "320302", "350102", "410204"):
        assert code in said.zh
        assert code in said.en
    assert REGIONS.find("南京市鼓楼区").code == "320106"
    assert "320302" in reason("江苏省鼓楼区").en


def test_a_county_under_no_prefecture_lies_in_its_province() -> None:
    assert REGIONS.find("湖北省仙桃市").parent == "420000"
    assert REGIONS.find("重庆市永川区").parent == "500000"
