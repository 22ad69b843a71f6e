"""``/reconcile`` at its door: by the specification, by its schemas, and with hostile input."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

import pytest

from conftest import FORM, Reply, Server
from mieco.terms import BASE, MIECO
from reconcile_schemas import check

DRAFT = "/reconcile/1.0-draft"
ORGANISATION = BASE + "id/organisation/"
SCHOOL = "常州工业职业技术学院"
SCHOOL_IRI = ORGANISATION + "changzhou-gongye-zhiye-jishu-xueyuan"
LOCATED_IN = MIECO + "locatedIn"
JSON = "application/json"


def post(server: Server, **fields: Any) -> Reply:
    texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in fields.items()}
    return server.post("/reconcile", urllib.parse.urlencode(texts), FORM)


def match(server: Server, **query: Any) -> list[dict[str, Any]]:
    """The candidates of one query."""
    check({"q0": query}, "reconciliation-query-batch")
    reply = post(server, queries={"q0": query})
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = check(reply.json(), "reconciliation-result-batch")["q0"]["result"]
    return found


def draft_match(server: Server, *conditions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    batch = {"queries": [{"conditions": list(conditions), **more}]}
    check(batch, "reconciliation-query-batch", "1.0-draft")
    reply = server.post(f"{DRAFT}/match", json.dumps(batch), JSON)
    assert reply.status == 200, reply.text
    told = check(reply.json(), "reconciliation-result-batch", "1.0-draft")
    found: list[dict[str, Any]] = told["results"][0]["candidates"]
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_manifest_is_valid_and_leads_where_it_says(server: Server, language: str) -> None:
    reply = server.get("/reconcile", lang=language)
    manifest = check(reply.json(), "manifest")
    assert reply.headers["Content-Language"] == language
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert manifest["versions"] == ["0.2"]
    assert SCHOOL_IRI.startswith(manifest["identifierSpace"])
    # By the specification clients encode the identifier; some do not.
    for iri in (urllib.parse.quote(SCHOOL_IRI, safe=""), SCHOOL_IRI):
        view = manifest["view"]["url"].replace("{{id}}", iri).removeprefix(server.url)
        assert SCHOOL in server.get(view, "text/html").text
        preview = manifest["preview"]["url"].replace("{{id}}", iri).removeprefix(server.url)
        assert SCHOOL_IRI in server.get(preview).text
    for kind, prefix in (("entity", "教"), ("type", "院"), ("property", "名")):
        service = manifest["suggest"][kind]
        path = (service["service_url"] + service["service_path"]).removeprefix(server.url)
        assert server.get(path, prefix=prefix).json()["result"]
    page = server.get(manifest["documentation"].removeprefix(server.url), "text/html").text
    assert f"{server.url}/reconcile" in page


def test_the_manifest_of_the_draft_is_valid(server: Server) -> None:
    manifest = check(server.get(DRAFT).json(), "manifest", "1.0-draft")
    assert manifest["standardizedScore"] is True


def test_a_browser_sees_a_page_and_a_program_the_manifest(server: Server) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert server.get("/reconcile", browser).headers.get_content_type() == "text/html"
    for accept in (
        None,
        "*/*",
        "application/json",
        "application/json, text/javascript, */*; q=0.01",
    ):
        assert server.get("/reconcile", accept).headers.get_content_type() == JSON


def test_a_name_is_matched(server: Server) -> None:
    best, *_ = match(server, query=SCHOOL)
    assert best["id"] == SCHOOL_IRI
    assert best["name"] == SCHOOL
    assert best["match"] is True
    assert best["score"] == 100
    assert [each["name"] for each in best["type"]] == ["高职院校", "院校"]


def test_scores_fall_and_no_more_are_given_than_asked_for(server: Server) -> None:
    found = match(server, query="职业技术学院", limit=7)
    scores = [each["score"] for each in found]
    assert len(found) == 7
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    assert not any(each["match"] for each in found)


def test_features_say_why(server: Server) -> None:
    (best, *_) = match(server, query="柳州职业技术学院", type=MIECO + "EducationProvider")
    features = {each["id"]: each["value"] for each in best["features"]}
    assert best["name"] == "柳州职业技术大学"
    assert features["by_alternative"] is True
    assert features["type_agrees"] is True
    assert features["name_similarity"] == 100
    assert "柳州职业技术学院" in best["description"]


def test_a_batch_is_answered_by_get_too_and_one_query_does_not_spoil_another(
    server: Server,
) -> None:
    batch = {"a": {"query": SCHOOL}, "b": {"query": 7}, "c": [], "": {"query": "腾讯"}}
    for reply in (post(server, queries=batch), server.get("/reconcile", queries=json.dumps(batch))):
        assert reply.status == 200
        results = check(reply.json(), "reconciliation-result-batch")
        assert list(results) == list(batch)
        assert results["a"]["result"][0]["match"] is True
        assert results[""]["result"][0]["match"] is True
        assert results["b"]["result"] == results["c"]["result"] == []
        assert "query" in results["b"]["error"]


def test_the_older_single_query_is_answered(server: Server) -> None:
    for query in (SCHOOL, json.dumps({"query": SCHOOL, "limit": 1})):
        assert server.get("/reconcile", query=query).json()["result"][0]["id"] == SCHOOL_IRI


def test_types_are_seen_with_what_is_inferred(server: Server) -> None:
    for type_ in (
        MIECO + "EducationProvider",
        "mieco:CollectiveActor",
        [MIECO + "Organisation", MIECO + "EducationProvider"],
    ):
        assert match(server, query=SCHOOL, type=type_)[0]["match"] is True
    other = match(server, query=SCHOOL, type=MIECO + "Enterprise")
    assert not any(each["match"] for each in other)
    strict = match(server, query=SCHOOL, type=MIECO + "Enterprise", type_strict="all")
    assert SCHOOL_IRI not in {each["id"] for each in strict}


@pytest.mark.parametrize(
    "value",
    ["株洲", "湖南省", "湖南省株洲市", ["长沙", "株洲市"], {"id": BASE + "id/place/zhuzhou"}],
)
def test_a_place_tells_namesakes_apart(server: Server, value: Any) -> None:
    best, second, *_ = match(server, query="教育局", properties=[{"pid": LOCATED_IN, "v": value}])
    if value == "湖南省":
        assert best["name"] == "株洲市教育局"
        return
    assert (best["name"], best["match"]) == ("株洲市教育局", True)
    assert best["score"] - second["score"] > 10


def test_another_place_forbids_a_match(server: Server) -> None:
    best, *_ = match(server, query="株洲市教育局", properties=[{"pid": LOCATED_IN, "v": "柳州"}])
    assert best["match"] is False


def test_values_of_other_properties_count(server: Server) -> None:
    led_by = {"pid": MIECO + "ledBy", "v": SCHOOL}
    best, *_ = match(server, query="常州新能源联合体", properties=[led_by])
    features = {each["id"]: each["value"] for each in best["features"]}
    assert best["name"] == "常州新能源产教联合体"
    assert features[f"property_agrees:{MIECO}ledBy"] is True
    of_it = match(server, properties=[{"pid": MIECO + "ledBy", "v": {"id": SCHOOL_IRI}}])
    assert "常州新能源产教联合体" in {each["name"] for each in of_it}


def test_an_iri_or_path_is_its_thing(server: Server) -> None:
    for query in (SCHOOL_IRI, SCHOOL_IRI.removeprefix(BASE)):
        best, *_ = match(server, query=query)
        assert (best["id"], best["match"]) == (SCHOOL_IRI, True)


def test_the_draft_matches_names_and_properties(server: Server) -> None:
    name = {"matchType": "name", "propertyValue": "教育局"}
    place = {"matchType": "property", "propertyId": LOCATED_IN, "propertyValue": "株洲"}
    best, *_ = draft_match(server, name, place)
    assert (best["name"], best["match"]) == ("株洲市教育局", True)
    assert {each["name"] for each in best["features"]} >= {"地点相符", "名称相似度"}
    elsewhere = draft_match(server, name, {**place, "matchQuantifier": "none", "required": True})
    assert "株洲市教育局" not in {each["name"] for each in elsewhere}
    required = draft_match(server, name, {**place, "required": True})
    assert {each["name"] for each in required} == {"株洲市教育局"}


def test_entities_types_and_properties_are_suggested(server: Server) -> None:
    for root, version in (("/reconcile", "0.2"), (DRAFT, "1.0-draft")):
        entities = server.get(f"{root}/suggest/entity", prefix="常州工业").json()
        assert (
            check(entities, "suggest-entities-response", version)["result"][0]["id"] == SCHOOL_IRI
        )
        properties = server.get(f"{root}/suggest/property", prefix="located", lang="en").json()
        found = check(properties, "suggest-properties-response", version)["result"]
        assert LOCATED_IN in {each["id"] for each in found}
        types = check(
            server.get(f"{root}/suggest/type", prefix="院校").json(), "suggest-types-response"
        )
        assert types["result"][0] == {"id": MIECO + "EducationProvider", "name": "院校"}
    by_iri = server.get("/reconcile/suggest/entity", prefix=SCHOOL_IRI).json()["result"]
    assert by_iri[0]["id"] == SCHOOL_IRI


def test_a_cursor_goes_on_where_the_last_suggestions_ended(server: Server) -> None:
    pages = [
        server.get("/reconcile/suggest/entity", prefix="学院", cursor=str(at)).json()["result"]
        for at in (0, 10)
    ]
    first, second = ({each["id"] for each in page} for page in pages)
    assert len(first) == len(second) == 10
    assert not first & second


def test_a_preview_can_be_framed_and_runs_nothing(server: Server) -> None:
    reply = server.get("/reconcile/preview", id=SCHOOL_IRI, lang="en")
    policy = reply.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "Changzhou Vocational Institute" in reply.text
    assert server.get("/reconcile/preview", id=BASE + "id/organisation/none").status == 404
    assert server.get("/reconcile/preview", id="no iri").status == 404


def test_values_are_fetched(server: Server) -> None:
    consortium = BASE + "id/consortium/changzhou-new-energy"
    names = ("ledBy", "statedMemberCount", "foundingDate", "locatedIn")
    query = {
        "ids": [consortium, BASE + "id/nothing"],
        "properties": [{"id": MIECO + name} for name in names],
    }
    check(query, "data-extension-query")
    told = check(post(server, extend=query).json(), "data-extension-response")
    row = told["rows"][consortium]
    assert {"id": SCHOOL_IRI, "name": SCHOOL} in row[MIECO + "ledBy"]
    assert row[MIECO + "locatedIn"][0]["name"] == "常州市"
    assert row[MIECO + "statedMemberCount"] == [{"int": 181}]
    assert all(values == [] for values in told["rows"][BASE + "id/nothing"].values())
    assert [each["name"] for each in told["meta"]][3] == "位于"
    one = {"ids": [consortium], "properties": [{"id": MIECO + "ledBy", "settings": {"limit": "1"}}]}
    assert len(post(server, extend=one).json()["rows"][consortium][MIECO + "ledBy"]) == 1
    draft = server.post(f"{DRAFT}/extend", json.dumps(query), JSON).json()
    listed = check(draft, "data-extension-response", "1.0-draft")["rows"]
    assert [each["id"] for each in listed] == query["ids"]


def test_properties_are_proposed_for_a_type(server: Server) -> None:
    type_ = MIECO + "Consortium"
    told = server.get("/reconcile/extend/propose", type=type_, limit="12").json()
    check(told, "data-extension-property-proposal", "1.0-draft")
    assert (told["type"], told["limit"], len(told["properties"])) == (type_, 12, 12)
    assert all(each["name"] for each in told["properties"])
    assert server.get("/reconcile/extend/propose", type="nothing").json()["properties"] == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"queries": "{"}, 400),
        ({"queries": "[]"}, 400),
        ({"queries": "[" * 20_000}, 400),
        ({"queries": '{"q": {"query": "x", "limit": NaN}}'}, 400),
        ({"queries": '{"q": {"query": "x", "limit": ' + "9" * 5000 + "}}"}, 400),
        ({"queries": json.dumps({str(n): {"query": "x"} for n in range(51)})}, 413),
        ({"extend": "null"}, 400),
        ({"extend": '{"ids": [1], "properties": []}'}, 400),
        ({"extend": '{"ids": [], "properties": [{"id": "x", "settings": {"limit": -1}}]}'}, 400),
        ({"extend": f'{{"ids": {json.dumps(["x"] * 3000)}, "properties": [{{"id": "x"}}]}}'}, 413),
        ({"extend": f'{{"ids": {json.dumps(["x"] * 3000)}, "properties": []}}'}, 413),
        ({"other": "x"}, 400),
    ],
)  # fmt: skip
def test_a_batch_that_is_none_is_refused(
    server: Server, fields: dict[str, str], status: int
) -> None:
    reply = post(server, **fields)
    assert reply.status == status, reply.text
    assert reply.headers.get_content_type() == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        {"query": "常" * 10_000},
        {"query": "a" * 10_000},
        {"query": "\x00常州\x00"},
        {"query": "\ud800常州工业职业技术学院\udfff"},
        {"query": '" OR * NEAR(学院) AND NOT "'},
        {"query": "\U0001f600 \u0634\u0631\u0643\u0629 \u200f\u202e"},
        {"query": "%_'; DROP TABLE name; --"},
        {"query": "((((((((((【】【】)))]]]]"},
        {"query": "学" * 199 + "("},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 1e308},
        {"query": "x", "limit": "5"},
        {"query": "x", "type": {"id": {"deep": []}}},
        {"query": "x", "type": ["\ud800", "no iri", ""]},
        {"query": "x", "properties": [{"pid": "\ud800", "v": {"id": "\ud800"}}]},
        {"query": "x", "properties": [{"pid": "mieco:ledBy", "v": [[1]]}]},
        {"query": "x", "properties": [{"pid": "mieco:ledBy", "v": 10**400}]},
        {"query": "x", "properties": [{"pid": LOCATED_IN, "v": "省" * 5000}]},
        {"query": "", "properties": []},
        {"query": "   "},
        {},
        None,
        "text",
    ],
)
def test_a_hostile_query_is_answered(server: Server, query: Any) -> None:
    batch = {"good": {"query": SCHOOL}, "bad\ud800": query}
    reply = post(server, queries=batch)
    assert reply.status == 200, reply.text
    good, bad = check(reply.json(), "reconciliation-result-batch").values()
    assert good["result"][0]["match"] is True
    assert not any(each["match"] for each in bad["result"]) or "常州" in str(query)
    assert server.post(f"{DRAFT}/match", json.dumps({"queries": [query]}), JSON).status == 200


def test_other_bodies_are_refused(server: Server) -> None:
    assert server.post("/reconcile", "{}", JSON).status == 415
    assert server.post(f"{DRAFT}/match", "queries=x", FORM).status == 415
    assert server.post(f"{DRAFT}/match", b"\xff\xfe", JSON).status == 400
    assert server.get("/reconcile/suggest/type", prefix="x", cursor="-1").status == 400
