"""``/metrics``: what is counted, who may see it, and the dashboard that shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from conftest import BEARER, TOKEN, UPDATE, Server, running
from hostile_client import eventually

DEPLOY = Path(__file__).parent.parent / "deploy"
# A metric in an expression: a name before a selector, or in a function.
NAME = re.compile(r"\b(?:mieco|process|python|up)(?:_[a-z_]+)?\b")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("counted")
    options = {
        "MIECO_TOKEN": TOKEN,
        "MIECO_CLIENT_CONCURRENT": "1",
        "MIECO_CLIENT_REQUESTS": "30",
        "MIECO_METRICS_NETWORKS": "192.0.2.0/24, 2001:db8::/32",
    }
    with running("--data", str(folder), "--empty", **options) as one:
        # What never happened is not told of, and of each there is to be something.
        assert one.post("/update", "INSERT DATA { <urn:x:b> a 1 }", UPDATE, **BEARER).status == 204
        assert one.get("/sparql", query="no query").status == 400
        yield one


def samples(server: Server) -> Samples:
    """Every sample by its name and labels."""
    reply = server.get("/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def test_what_is_counted(counted: Server) -> None:
    before = samples(counted)
    sent = 0
    for _ in range(3):
        sent += len(counted.get("/sparql", query="ASK { ?metrics ?p 1 }").body)
    assert counted.get("/sparql", query="SELECT").status == 400
    assert counted.get("/nowhere").status == 404
    assert counted.post("/update", "INSERT DATA { <urn:x:a> a 1 }", UPDATE, **BEARER).status == 204
    after = samples(counted)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    route = {"route": "sparql.sparql"}
    assert grown("mieco_requests_total", method="GET", status="200", **route) == 3
    assert grown("mieco_requests_total", method="GET", status="400", **route) == 1
    assert grown("mieco_requests_total", method="GET", status="404", route="none") == 1
    assert grown("mieco_requests_total", method="POST", status="204", route="update.update") == 1
    assert grown("mieco_request_seconds_count", **route) == 4
    assert grown("mieco_request_seconds_bucket", le="+Inf", **route) == 4
    assert grown("mieco_kept_answers_given_total") == 2
    assert grown("mieco_queries_total", outcome="ok") == 1
    assert grown("mieco_queries_total", outcome="invalid") == 1
    assert grown("mieco_errors_total", code="query-syntax") == 1
    assert grown("mieco_changes_total", action="update", outcome="done") == 1
    assert 0 < grown("mieco_change_seconds_total", action="update") < 30
    assert grown("mieco_sent_bytes_total") > sent
    assert grown("mieco_release") == 1
    assert grown("mieco_release_triples") == 1
    assert value(after, "mieco_requests_under_way") == 1
    assert value(after, "mieco_engine_up") == 1
    assert value(after, "mieco_workers", state="idle") >= 1
    assert value(after, "mieco_disk_free_bytes") > 0
    assert value(after, "process_resident_memory_bytes") > 1 << 20
    assert value(after, "process_open_fds") > 3


def test_a_query_that_took_too_long_is_counted(counted: Server) -> None:
    before = value(samples(counted), "mieco_queries_total", outcome="timeout")
    rows = " ".join(f"<http://e/{n}> <http://e/p> {n} ." for n in range(300))
    assert counted.post("/update", f"INSERT DATA {{ {rows} }}", UPDATE, **BEARER).status == 204
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    assert counted.get("/sparql", query=text, timeout="0.3").status == 504
    assert value(samples(counted), "mieco_queries_total", outcome="timeout") == before + 1


def test_there_are_no_more_series_than_views(counted: Server) -> None:
    """Whatever strangers ask for, in whatever words."""
    counted.get("/nowhere/0")
    counted.send("BREW0", "/", {})
    before = len(samples(counted))
    for number in range(20):
        counted.get(f"/nowhere/{number}")
        counted.send(f"BREW{number}", "/", {})
        counted.get("/sparql", query=f"ASK {{ ?s ?p {number} }}")
    assert len(samples(counted)) <= before + 40


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("192.0.2.44", {}, 200),
        ("2001:db8:1::7", {}, 200),
        ("203.0.113.1", {}, 401),
        ("203.0.113.2", {"Authorization": "Bearer wrong"}, 401),
        ("203.0.113.3", BEARER, 200),
        # Who says that he is the machine is not.
        ("127.0.0.1", {}, 401),
    ],
)
def test_who_may_see_it(counted: Server, client: str, headers: dict[str, str], status: int) -> None:
    reply = counted.send("GET", "/metrics", {"X-Forwarded-For": client, **headers})
    assert reply.status == status
    assert (b"mieco_requests_total" in reply.body) == (status == 200)


def test_a_refusal_is_counted(counted: Server) -> None:
    before = value(samples(counted), "mieco_refused_total", limit="requests")
    for _ in range(40):
        counted.send("GET", "/health", {"X-Forwarded-For": "198.51.100.1"})
    assert value(samples(counted), "mieco_refused_total", limit="requests") >= before + 5


def names(server: Server) -> set[str]:
    return {name for name, _ in samples(server)} | {"up"}


def test_the_dashboard_shows_what_there_is(counted: Server) -> None:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {name for each in expressions for name in NAME.findall(each)}
    assert shown
    assert shown <= names(counted)
    # What the service counts is on the dashboard: all of it.
    ours = {name for name in names(counted) if name.startswith("mieco_")}
    told = {re.sub(r"_(count|sum|created)$", "_bucket", name) for name in ours}
    assert told - shown <= {"mieco_errors_total"} - shown
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_alerts_and_the_configuration_are_of_what_there_is(counted: Server) -> None:
    alerts = yaml.safe_load((DEPLOY / "mieco-alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    expressions = [re.sub('"[^"]*"', "", rule["expr"]) for rule in rules]
    used = {name for each in expressions for name in NAME.findall(each)}
    assert used <= names(counted)
    made = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    assert made["rule_files"] == ["mieco-alerts.yml"]
    assert [job["metrics_path"] for job in made["scrape_configs"]] == ["/metrics"]


def test_it_can_be_had_of_a_service_that_only_reads(counted: Server, tmp_path: Path) -> None:
    folder = counted.process.args[counted.process.args.index("--data") + 1]  # type: ignore[index,union-attr]
    with running("--data", str(folder), "--read-only", MIECO_SCRATCH=str(tmp_path)) as reader:
        assert eventually(lambda: reader.get("/metrics").status == 200, 3)
        reply = reader.send("GET", "/metrics", {"X-Forwarded-For": "203.0.113.9", **BEARER})
        assert reply.status == 403
