"""The MCP server: what its tools say, and that nothing brings it down."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, Tool

from conftest import DATA, Run, children
from mieco import content
from mieco.mcp.toolbox import own_questions
from mieco.questions.finding import nearest_questions

QUESTIONS, NAMES = own_questions()
SHENZHEN = "深圳市域产教联合体"


class Session:
    """A client of ``mieco mcp``, to be used from plain functions."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self.portal = portal
        self.client = client

    def tools(self) -> dict[str, Tool]:
        return {tool.name: tool for tool in self.portal.call(self.client.list_tools).tools}

    def call(self, name: str, /, **arguments: Any) -> CallToolResult:
        result = self.portal.call(self.client.call_tool, name, arguments)
        assert isinstance(result, CallToolResult)
        return result

    def told(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that went well."""
        result = self.call(name, **arguments)
        assert not result.is_error, text_of(result)
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    def refused(self, name: str, /, **arguments: Any) -> str:
        """The words of a call that did not."""
        result = self.call(name, **arguments)
        assert result.is_error, text_of(result)
        assert "Traceback" not in text_of(result)
        return text_of(result)


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert block.type == "text"
    return block.text


@contextmanager
def session(
    log: Path, *arguments: str, mode: str = "auto", **environment: str
) -> Iterator[Session]:
    """The real command behind the SDK's own client; what it says on standard error is calm."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mieco", "mcp", *arguments],
        env={"LANG": "C.UTF-8", **environment},
    )
    with log.open("w") as errors, start_blocking_portal() as portal:
        client = Client(stdio_client(parameters, errors), mode=mode)  # type: ignore[arg-type]
        with portal.wrap_async_context_manager(client) as opened:
            yield Session(portal, opened)
    said = log.read_text()
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def english(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    log = tmp_path_factory.mktemp("mcp") / "log"
    with session(log, "--data", str(data_directory), "--language", "en") as one:
        yield one


@pytest.fixture(scope="module")
def compact(data_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """In Chinese, and with the handshake that most clients of today use."""
    log = tmp_path_factory.mktemp("mcp") / "log"
    arguments = ("--data", str(data_directory), "--compact", "--language", "zh")
    with session(log, *arguments, mode="legacy") as one:
        yield one


def test_every_question_is_a_tool_that_only_reads(english: Session) -> None:
    tools = english.tools()
    assert list(tools) == [
        "find_questions",
        *(NAMES[id_] for id_ in QUESTIONS),
        "search",
        "entity",
        "schema",
    ]
    for tool in tools.values():
        assert re.fullmatch(r"[a-z][a-z0-9_]{1,63}", tool.name)
        assert tool.title
        assert re.search(r"[\u4e00-\u9fff]", tool.description or "")
        assert re.search(r"[a-z]{3}", tool.description or "")
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.annotations.idempotent_hint
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
    for question in QUESTIONS.values():
        description = tools[NAMES[question.id]].description or ""
        assert question.sentence.zh in description
        assert question.sentence.en in description
        properties = tools[NAMES[question.id]].input_schema["properties"]
        assert set(properties) == {*question.parameters, "page", "filter", "sort"}


def test_a_parameter_has_the_type_that_the_header_gives_it(english: Session) -> None:
    tools = english.tools()
    kind = tools["q02_missing_kind"].input_schema["properties"]["kind"]
    assert kind["type"] == "string"
    assert kind["default"] in kind["enum"]
    assert "research-institute = research institute" in kind["description"]
    balance = tools["q53_symbiosis"].input_schema["properties"]["balance"]
    assert (balance["type"], balance["default"]) == ("integer", 80)
    assert (balance["minimum"], balance["maximum"]) == (0, 100)
    several = tools["q01_park_and_leads"].input_schema["properties"]["consortium"]
    assert several["type"] == "array"
    consortium = tools[NAMES["q20"]].input_schema["properties"]["consortium"]
    assert consortium["type"] == "string"
    assert "an IRI, a key or a name" in consortium["description"]


def test_every_choice_that_is_offered_is_taken(english: Session) -> None:
    for name, tool in english.tools().items():
        for parameter, schema in tool.input_schema["properties"].items():
            if name.startswith("q"):
                for choice in schema.get("enum", []):
                    english.told(name, **{parameter: choice})


@pytest.mark.parametrize("id_", QUESTIONS)
def test_every_question_answers_with_its_defaults(english: Session, id_: str) -> None:
    told = english.told(NAMES[id_])
    assert told["question"] == id_
    assert told["release"]["number"] == 1
    assert set(told["columns"]) == set(QUESTIONS[id_].columns)
    assert bool(told["rows"]) == (told["why_empty"] is None)
    numbers = [source["number"] for source in told["sources"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {n for row in told["rows"] for n in row["sources"]} == set(numbers)


def test_an_answer_is_that_of_the_command(
    mieco: Run, english: Session, data_directory: Path
) -> None:
    result = english.call("q01_park_and_leads", consortium=SHENZHEN)
    asked = ("ask", "q01", "--consortium", "shenzhen", "--format", "json")
    done = mieco(*asked, MIECO_DATA=str(data_directory), MIECO_LANGUAGE="en")
    expected = json.loads(done.stdout)
    told = result.structured_content
    assert [row["words"] for row in told["rows"]] == expected["words"]
    assert told["asked"] == expected["asked"]
    assert told["rows"][0]["values"]["actor"] == {
        "iri": expected["rows"][0]["actor"]["value"],
        "name": expected["rows"][0]["actor"]["label"],
    }
    assert [s["iri"] for s in told["sources"]] == [
        s["source"]["value"] for s in expected["sources"]
    ]
    assert told["sources"][0]["grade"]["name"] == expected["sources"][0]["grade"]["label"]
    text = text_of(result)
    assert text.startswith(expected["asked"])
    for sentence in expected["words"]:
        assert sentence in text
    assert f"[1] {told['sources'][0]['name']}" in text
    assert expected["caveat"]["en"] in text
    assert "Data: release 1" in text


def test_a_long_answer_comes_in_pages(english: Session) -> None:
    first = english.told("q61")
    assert first["pages"] > 1
    assert len(first["rows"]) == 50
    assert first["more"] == "Next page: page=2."
    last = english.told("q61", page=first["pages"])
    assert last["more"] is None
    assert len(last["rows"]) == first["count"] - 50 * (first["pages"] - 1)
    assert "no page 999" in english.refused("q61", page=999)
    few = english.told("q61", filter=first["rows"][0]["words"].split()[-1][:3])
    assert few["count"] <= first["count"]
    by_column = english.told("q61", sort="-" + next(iter(first["columns"])))
    assert by_column["count"] == first["count"]


def test_an_empty_answer_says_why(english: Session) -> None:
    result = english.call("q09_former_names", name="苏州市职业大学堂")
    told = result.structured_content
    assert told["rows"] == []
    assert told["why_empty"]["reason"] == "unknown-value"
    assert "苏州职业技术大学" in told["why_empty"]["near"]
    assert "bears the name" in text_of(result)
    filtered = english.told("q01", filter="no such text")
    assert filtered["why_empty"]["reason"] == "filter"


def test_a_wrong_value_is_refused_with_what_is_like_it(english: Session) -> None:
    said = english.refused("q01_park_and_leads", consortium="深圳产教联合")
    assert "there is no '深圳产教联合'" in said
    assert SHENZHEN in said
    assert "a whole number" in english.refused("q53_symbiosis", balance="much")
    assert "Allowed: consortium" in english.refused("q01", konsortium=SHENZHEN)
    for wrong in ({"a": 1}, True, [["a"]], ["a", "b"], "x" * 2_000, 10**400):
        assert "consortium" in english.refused("q01", consortium=wrong)
    for wrong in (0, -1, "one", 10**30, 1.5, [1, 2]):
        assert "page" in english.refused("q01", page=wrong)
    assert "there is no column" in english.refused("q01", sort="nothing")


def test_null_is_as_good_as_nothing(english: Session) -> None:
    assert english.told("q01", consortium=None, page=None, filter=None) == english.told("q01")


def test_an_unknown_tool_is_named_with_those_like_it(english: Session) -> None:
    with pytest.raises(MCPError, match=r"No tool 'q01park'[\s\S]*q01_park_and_leads"):
        english.call("q01park")
    with pytest.raises(MCPError, match="No tool 'q99_anything'"):
        english.call("q99_anything")
    with pytest.raises(MCPError, match="No tool"):
        english.call("ask")


def test_the_id_of_a_question_is_enough(english: Session) -> None:
    expected = english.told("q04_park_led")
    assert english.told("q04") == english.told("q04_a_former_name") == expected


def test_calls_at_once_do_not_wait_for_each_other(english: Session) -> None:
    names = ["q01", "search", "schema", "entity", "q10", "q01", "find_questions", "q56"] * 2
    arguments: dict[str, dict[str, Any]] = {
        "search": {"name": "柳州"},
        "entity": {"thing": SHENZHEN},
    }
    running = [
        english.portal.start_task_soon(
            english.client.call_tool,
            name,
            arguments.get(name, {}),  # type: ignore[arg-type]
        )
        for name in names
    ]
    done = [each.result(timeout=60) for each in running]
    half = len(done) // 2
    assert not any(each.is_error for each in done)
    for one, other in zip(done[:half], done[half:], strict=True):
        assert one.structured_content == other.structured_content


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_question_is_found_by_its_own_words(language: str) -> None:
    for question in QUESTIONS.values():
        sentence = getattr(question.sentence, language)
        assert nearest_questions(QUESTIONS.values(), sentence)[0].id == question.id


def test_questions_are_found_by_words_and_by_askers(english: Session) -> None:
    told = english.told("find_questions", text="牵头院校")
    assert told["questions"][0]["id"] == "q01"
    assert told["questions"][0]["tool"] == "q01_park_and_leads"
    kind = english.told("find_questions", text="q02")["questions"][0]["parameters"]["kind"]
    assert "research-institute" in kind["enum"]
    everything = english.told("find_questions")
    assert [q["id"] for q in everything["questions"]] == list(QUESTIONS)
    asked = english.told("find_questions", asker="PED")
    assert [q["id"] for q in asked["questions"]] == [
        q.id for q in QUESTIONS.values() if "PED" in q.askers
    ]
    assert "PED" in english.refused("find_questions", asker="nobody")
    assert english.told("find_questions", text="zzzz")["questions"] == []


def test_things_are_found_by_name(english: Session) -> None:
    told = english.told("search", name="深圳职业技术")
    assert "深圳职业技术大学" in {found["name"] for found in told["found"]}
    nothing = english.told("search", name="深圳职业技术大学堂")
    assert nothing["found"] == []
    assert "深圳职业技术大学" in nothing["near"]
    assert "must be given" in english.refused("search")
    assert "too long" in english.refused("search", name="x" * 1_000)


@pytest.mark.parametrize(
    "thing",
    [
        SHENZHEN,
        "id/consortium/shenzhen",
        "https://w3id.org/mieco/id/consortium/shenzhen",
    ],
)
def test_a_thing_is_known_by_name_key_path_or_iri(english: Session, thing: str) -> None:
    told = english.told("entity", thing=thing)
    assert told["iri"] == "https://w3id.org/mieco/id/consortium/shenzhen"
    led = told["statements"]["mieco:ledBy"]
    assert led["count"] == len(led["values"]) == 2
    assert "深圳职业技术大学" in text_of(english.call("entity", thing=thing)) or any(
        "Polytechnic" in value["name"] for value in led["values"]
    )
    assert any(kind.get("inferred") for kind in told["types"])


def test_a_key_is_enough_where_one_thing_has_it(english: Session) -> None:
    told = english.told("entity", thing="liuzhou-automobile")
    assert told["iri"] == "https://w3id.org/mieco/id/consortium/liuzhou-automobile"
    said = english.refused("entity", thing="shenzhen")
    assert "id/consortium/shenzhen" in said
    assert "id/place/shenzhen" in said


def test_much_of_a_thing_comes_in_pages(english: Session) -> None:
    thing = "mieco:memberOf"
    told = english.told("entity", thing=thing)
    (name, many) = max(told["mentions"].items(), key=lambda item: item[1]["count"])
    assert len(many["values"]) == 20 < many["count"]
    assert "page=1" in told["more"]
    values = []
    for page in range(1, -(-many["count"] // 100) + 1):
        more = english.told("entity", thing=thing, property=name, page=page)
        assert list(more["mentions"]) == [name]
        values += more["mentions"][name]["values"]
    assert len(values) == many["count"]
    assert "more" not in more
    assert "it has no 'nothing'" in english.refused("entity", thing=thing, property="nothing")


def test_a_thing_that_is_none_is_refused(english: Session) -> None:
    assert "use search" in english.refused("entity", thing="id/consortium/nowhere")
    assert SHENZHEN in english.refused("entity", thing="深圳市域产教联合")
    assert "not an absolute IRI" in english.refused("entity", thing="<a b>")
    assert "must be given" in english.refused("entity", thing=" ")


def test_the_ontology_is_told(english: Session) -> None:
    told = english.told("schema")
    terms = {term["name"]: term for term in told["terms"]}
    assert told["count"] == len(terms) > 200
    assert terms["mieco:statedMemberCount"]["domain"] == ["mieco:Consortium"]
    assert terms["mieco:statedMemberCount"]["range"] == ["xsd:integer"]
    for name in ("Consortium", "mieco:Consortium", "市域产教联合体"):
        (one,) = english.told("schema", term=name)["terms"]
        assert one["iri"] == "https://w3id.org/mieco/ontology#Consortium"
        assert one["definition"]
        assert "mieco:CollectiveActor" in one["parents"]
        assert "mieco:statedMemberCount" in one["properties"]
        assert "q01" in one["questions"]
    several = english.told("schema", term="member")["terms"]
    assert len(several) > 3
    assert all("definition" in term for term in several)
    assert "mieco:Consortium" in english.refused("schema", term="Konsortium")


def test_the_compact_form_asks_through_one_tool(compact: Session) -> None:
    assert list(compact.tools()) == ["find_questions", "ask", "search", "entity", "schema"]
    found = compact.told("find_questions", text="依托园区 牵头院校")["questions"][0]
    assert found["id"] == "q01"
    assert "tool" not in found
    assert list(found["parameters"]) == ["consortium"]
    told = compact.told("ask", question=found["id"], parameters={"consortium": SHENZHEN})
    assert told["asked"] == f"{SHENZHEN}的依托园区、牵头院校、牵头企业分别是谁？"
    assert compact.told("ask", question="1") == compact.told("ask", question="Q01", parameters={})
    assert "没有找到问题“q99”" in compact.refused("ask", question="q99")
    assert "必须给出" in compact.refused("ask")
    assert "参数" in compact.refused("ask", question="q01", parameters=["a"])
    assert SHENZHEN in compact.refused(
        "ask", question="q01", parameters={"consortium": "深圳产教联合"}
    )
    assert "没有此参数" in compact.refused("ask", question="q01", consortium=SHENZHEN)


def test_a_new_release_is_followed(mieco: Run, data_directory: Path, tmp_path: Path) -> None:
    folder, tables = tmp_path / "data", tmp_path / "tables"
    shutil.copytree(data_directory, folder)
    shutil.copytree(DATA, tables)
    table = tables / "consortia.csv"
    table.write_text(table.read_text("utf-8").replace(SHENZHEN, SHENZHEN + "（新名）"), "utf-8")
    with session(tmp_path / "log", "--data", str(folder), "--language", "zh") as one:
        assert one.told("q01", consortium="shenzhen")["release"]["number"] == 1
        done = mieco("publish", str(tables), "--data", str(folder))
        assert done.returncode == 0, done.stderr
        until = time.monotonic() + 60
        told = one.told("q01", consortium="shenzhen")
        while told["release"]["number"] == 1 and time.monotonic() < until:
            time.sleep(0.1)
            told = one.told("q01", consortium="shenzhen")
        assert told["release"]["number"] == 2
        assert told["asked"].startswith(SHENZHEN + "（新名）")


class Raw:
    """The command without a client that minds its manners."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mieco", "mcp", "--data", str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LANG": "C.UTF-8", **environment},
        )
        client = {"name": "test", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        self.send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})
        assert self.reply()["id"] == 0
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        self.family = children(self.process.pid)

    def send(self, message: dict[str, Any] | bytes) -> None:
        assert self.process.stdin is not None
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def call(self, number: int, name: str, arguments: Any = None) -> None:
        asked = {"name": name, "arguments": arguments or {}}
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": asked})

    def reply(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        assert isinstance(told, dict)
        return told

    def end(self, how: Callable[[], Any]) -> int:
        """Its exit code after that was done; nothing of it is left, and it said nothing."""
        how()
        code = self.process.wait(timeout=60)
        until = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in self.family):
            assert time.monotonic() < until, "a process is left"
            time.sleep(0.05)
        assert self.process.stderr is not None
        assert self.process.stderr.read() == b""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return code

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def halt_workers(self) -> None:
        """A query that is given to one of them now takes for ever."""
        for pid in self.family[1:]:
            os.kill(pid, signal.SIGSTOP)


def test_it_ends_when_its_input_does_even_amid_a_call(data_directory: Path) -> None:
    raw = Raw(data_directory)
    raw.halt_workers()
    raw.call(1, "q01")
    time.sleep(0.5)
    assert raw.end(raw.close) == 0


def test_it_ends_quietly_when_its_client_is_gone(data_directory: Path) -> None:
    raw = Raw(data_directory)
    assert raw.process.stdout is not None
    raw.process.stdout.close()
    raw.call(1, "q01")
    time.sleep(0.5)  # the answer finds no reader
    assert raw.end(raw.close) == 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_it(data_directory: Path, stop: signal.Signals) -> None:
    raw = Raw(data_directory)
    assert raw.end(lambda: raw.process.send_signal(stop)) == -stop


def test_a_call_that_takes_too_long_is_stopped_and_the_next_is_answered(
    data_directory: Path,
) -> None:
    raw = Raw(data_directory, MIECO_TIMEOUT="2")
    raw.halt_workers()
    start = time.monotonic()
    raw.call(1, "q01")
    told = raw.reply()["result"]
    assert 1.5 < time.monotonic() - start < 6
    assert told["isError"]
    assert "within 2 seconds" in told["content"][0]["text"]
    assert "MIECO_TIMEOUT" in told["content"][0]["text"]
    raw.call(2, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_a_call_that_is_cancelled_frees_its_worker(data_directory: Path) -> None:
    raw = Raw(data_directory, MIECO_WORKERS="1")
    raw.halt_workers()
    raw.call(1, "q01")
    time.sleep(0.5)
    given_up = {"requestId": 1}
    raw.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": given_up})
    raw.call(2, "q01")
    told = raw.reply()
    assert told["id"] == 2
    assert not told["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_the_engine_comes_back_after_its_death(data_directory: Path) -> None:
    raw = Raw(data_directory)
    os.kill(raw.family[0], signal.SIGKILL)
    raw.call(1, "q01")
    raw.reply()
    raw.call(2, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_hostile_messages_do_not_take_it_down(data_directory: Path) -> None:
    raw = Raw(data_directory)
    begin = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"q53","arguments":'
    for message in (
        b"garbage",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        begin + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}}",
        begin + b'{"balance":' + b"9" * 6_000 + b"}}}",
        begin + b'{"balance":"\\ud800"}}}',
    ):
        raw.send(message)
    hostile: list[tuple[str, Any]] = [
        ("x" * 100_000, {}),
        ("q01", {"consortium": 'x" . } DROP ALL #'}),
        ("q01", {"filter": "y" * 1_000_000, "sort": "z" * 100_000}),
        ("q09", {"name": "\0"}),
        ("q53", {"balance": 10**4_000}),
        ("schema", {"term": "y" * 1_000_000}),
        ("find_questions", {"text": "长" * 1_000_000}),
        ("entity", {"thing": '"x"'}),
        ("entity", {"thing": "../../../etc/passwd"}),
        ("search", {"name": "%s" * 90}),
    ]
    for number, (name, arguments) in enumerate(hostile, start=100):
        raw.call(number, name, arguments)
    raw.send({"jsonrpc": "2.0", "id": 200, "method": "tools/call", "params": {"name": 5}})
    raw.send({"jsonrpc": "2.0", "id": 201, "method": "no/such"})
    waiting = {*range(100, 100 + len(hostile)), 200, 201}
    while waiting:
        told = raw.reply()
        assert len(json.dumps(told)) < 200_000
        assert "Traceback" not in json.dumps(told)
        waiting.discard(told.get("id"))
    raw.call(300, "q01")
    assert not raw.reply()["result"]["isError"]
    assert raw.end(raw.close) == 0


def test_without_the_extra_it_says_how_to_install_it(data_directory: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None\nfrom mieco.cli import main\nmain(['mcp'])"
    for language, said in (
        ("en", "mieco: mcp 2 is not installed, so mieco mcp cannot run."),
        ("zh", "mieco: 没有安装 mcp 2，mieco mcp 不能运行。"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "MIECO_LANGUAGE": language, "MIECO_DATA": str(data_directory)},
        )
        assert done.returncode == 3
        assert done.stderr.startswith(said)
        assert "pip install 'mieco[mcp]'" in done.stderr
        assert done.stdout == ""


def test_without_a_release_it_says_what_to_do(mieco: Run, tmp_path: Path) -> None:
    done = mieco("mcp", "--data", str(tmp_path / "none"), stdin="")
    assert done.returncode == 3
    assert "Run 'mieco publish' first." in done.stderr
    assert done.stdout == ""


def test_the_document_s_configurations_run_the_command() -> None:
    page = (content.folder("queries").parent / "docs" / "mcp.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        told = json.loads(block)
        (server,) = (told.get("mcpServers") or told["servers"]).values()
        assert server["command"].endswith("mieco")
        assert server["args"][0] == "mcp"
