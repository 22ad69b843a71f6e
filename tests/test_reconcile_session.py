"""A session as OpenRefine has it: the requests that it sends, in its order, and the answers.

``reconcile/session.json`` holds both; ``--update-golden`` writes the answers anew.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import FORM, Server
from reconcile_schemas import check

SESSION = Path(__file__).parent / "reconcile" / "session.json"
# Which schema an answer is held against, by what was sent.
SCHEMAS = {
    "manifest": "manifest",
    "guess types": "reconciliation-result-batch",
    "suggest types": "suggest-types-response",
    "reconcile": "reconciliation-result-batch",
    "suggest entities": "suggest-entities-response",
    "extend": "data-extension-response",
}


def exchanged(server: Server, exchange: dict[str, Any]) -> Any:
    """What the service answers now; its own address stands as {root}."""
    fields = exchange.get("form")
    if fields is None:
        reply = server.get(exchange["path"])
    else:
        texts = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
        reply = server.post(exchange["path"], urllib.parse.urlencode(texts), FORM)
    assert reply.status == 200, reply.text
    text = reply.text.replace(f"{server.url}/", "{root}")
    return json.loads(text) if exchange["step"] != "preview" else text


@pytest.fixture
def session(
    server: Server, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> list[dict[str, Any]]:
    """The stored session; written anew if that is asked for."""
    told: list[dict[str, Any]] = json.loads(SESSION.read_text(encoding="utf-8"))
    if request.config.getoption("--update-golden"):
        told = [{**each, "answer": exchanged(server, each)} for each in told]
        SESSION.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        record_property("golden", SESSION.name)
    return told


def test_a_session_of_openrefine(server: Server, session: list[dict[str, Any]]) -> None:
    for exchange in session:
        answer = exchanged(server, exchange)
        assert answer == exchange["answer"], exchange["step"]
        if schema := SCHEMAS.get(exchange["step"]):
            check(answer, schema)


def test_twenty_real_names_are_matched_in_it(session: list[dict[str, Any]]) -> None:
    asked = {
        key: query["query"]
        for each in session
        if each["step"] == "reconcile"
        for key, query in each["form"]["queries"].items()
    }
    first = {
        asked[key]: (result["result"][0]["name"], result["result"][0]["match"])
        for each in session
        if each["step"] == "reconcile"
        for key, result in each["answer"].items()
    }
    assert len(first) == 20
    unsure = {name for name, (_, match) in first.items() if not match}
    assert unsure == {"上汽通用五菱", "武汉软件工程学院"}
    assert first["上汽通用五菱"][0] == "上汽通用五菱汽车股份有限公司"
    assert first["深圳职业技术学院"][0] == "深圳职业技术大学"
    assert first["株洲高新区"][0] == "株洲高新技术产业开发区"
