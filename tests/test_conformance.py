"""The service examines itself: what it finds is so, and it finds what is not."""

from __future__ import annotations

import shutil
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, TOKEN, UPDATE, Server, running
from mieco.conformance.protocol import ProtocolCase, examine_protocol, read_protocol_cases

PAGE = "/about/conformance"


@pytest.fixture(scope="module")
def whole(server: Server) -> dict[str, Any]:
    """The examination of the project's own data, shapes and all."""
    latest = time.monotonic() + 300
    while time.monotonic() < latest:
        told: dict[str, Any] = server.get(PAGE, "application/json", lang="en", timeout="60").json()
        assert "shapes_error" not in told, told["shapes_error"]
        if told["shapes"]:
            return told
        time.sleep(1)
    pytest.fail("the shapes were not done")


def test_our_own_data_pass(whole: dict[str, Any]) -> None:
    assert [each for each in whole["protocol"] if not each["passed"]] == []
    assert [each for each in whole["answers"]["cases"] if not each["passed"]] == []
    assert whole["answers"]["binding"] is True
    assert len(whole["answers"]["cases"]) > 100
    assert whole["shapes"]["counts"].get("violation", 0) == 0
    assert whole["shapes"]["examined"] == whole["shapes"]["things"] > 1000
    assert whole["passed"] is True


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_so(server: Server, whole: dict[str, Any], language: str) -> None:
    page = server.get(f"/{language}{PAGE}", "text/html").text
    assert {"zh": "全部符合", "en": "All is well"}[language] in page
    assert "✗" not in page
    assert "http-equiv" not in page
    assert str(whole["shapes"]["things"]) in page


@pytest.mark.parametrize("case", read_protocol_cases(), ids=lambda case: case.name)
def test_the_cases_are_the_same_over_the_wire(server: Server, case: ProtocolCase) -> None:
    """What is asked within the process is what a client gets."""
    headers = {"Accept": case.accept, **({"Content-Type": case.sent} if case.sent else {})}
    reply = server.send(case.method, case.target, headers, case.body.encode() or None)
    assert (reply.status, reply.headers.get_content_type()) == (case.status, case.media_type)


def test_a_wrong_answer_to_a_case_is_found() -> None:
    cases = read_protocol_cases()
    found = list(examine_protocol(cases, lambda _: (500, "text/plain")))
    assert not any(each.passed for each in found)
    assert all("500" in each.found.en for each in found)
    right = list(examine_protocol(cases, lambda case: (case.status, case.media_type)))
    assert all(each.passed for each in right)


def test_other_data_are_told_apart(few_directory: Path, tmp_path: Path) -> None:
    """Of a release that somebody changed the golden answers say nothing."""
    folder = shutil.copytree(few_directory, tmp_path / "data")
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as one:
        told = one.get(PAGE, "application/json", timeout="60").json()
        assert told["answers"]["binding"] is False
        bad = "https://w3id.org/mieco/id/consortium/Bad_Key"
        graph = "https://w3id.org/mieco/graph/data/shenzhen/x"
        kind = "https://w3id.org/mieco/ontology#Consortium"
        text = f"INSERT DATA {{ GRAPH <{graph}> {{ <{bad}> a <{kind}> }} }}"
        made = one.post("/update?clashes=accept", text, UPDATE, **BEARER)
        assert made.status == 204, made.text
        latest = time.monotonic() + 120
        while not (told := one.get(PAGE, "application/json", timeout="60").json())["shapes"]:
            assert time.monotonic() < latest
            time.sleep(0.5)
        assert told["release"] == int(made.headers["Mieco-Release"])
        assert told["shapes"]["counts"]["violation"] > 0
        assert bad in {each["thing"] for each in told["shapes"]["first"]}
        assert told["passed"] is False
        page = one.get(PAGE, "text/html", lang="zh").text
        assert urllib.parse.unquote(page).count("Bad_Key") >= 1
