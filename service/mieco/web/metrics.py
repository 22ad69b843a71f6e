"""``/metrics``: what the service counts, in the words of Prometheus.

Numbers are collected when somebody asks; requests only count (meter.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import accumulate

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from mieco import __version__
from mieco.engine.embedded import EmbeddedEngine
from mieco.errors import MiecoError
from mieco.setting_checks import networks
from mieco.web.access import bearer
from mieco.web.clients import Client, address_in
from mieco.web.environ import CLIENT, NATURE
from mieco.web.limits import KINDS
from mieco.web.meter import BUCKETS, OUTCOMES, Meter
from mieco.web.service import Service, service

blueprint = Blueprint("metrics", __name__)
_EXTENSION = "mieco.metrics"


def init_app(app: Flask) -> None:
    """Notes which view answers, and collects the numbers of the application."""
    app.before_request(_note_route)
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Collected(app.extensions["mieco"]))
    app.extensions[_EXTENSION] = registry


@blueprint.get("/metrics")
def metrics() -> Response:
    """The numbers, for this machine, the networks of the settings, and administrators.

    Raises Unauthorised, Forbidden, ReadOnly or WritingDisabled for others.
    """
    client: Client | None = request.environ.get(CLIENT)
    if client is None:  # no gateway is before the application
        forwarded = request.environ.get("HTTP_X_FORWARDED_FOR")
        client = service().clients.at(request.remote_addr or "", forwarded)
    allowed = networks(service().settings.metrics_networks)
    if not client.is_machine and not address_in(client.address, allowed):
        bearer("administrator")
    told = generate_latest(current_app.extensions[_EXTENSION])
    response = Response(told, content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response.headers["Cache-Control"] = "no-store"
    return response


def _note_route() -> None:
    if nature := request.environ.get(NATURE):
        nature.route = request.endpoint or "none"


class _Collected:
    """The numbers of one service, as its registry asks for them."""

    def __init__(self, made: Service) -> None:
        self._service = made

    def collect(self) -> Iterator[Metric]:
        yield from _of_requests(self._service.meter)
        yield from _of_changes(self._service.meter)
        yield from _of_the_engine(self._service)
        yield from _of_the_machine(self._service)


def _counter(name: str, about: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"mieco_{name}", about, labels=labels)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"mieco_{name}", about, value=value)


def _of_requests(meter: Meter) -> Iterator[Metric]:
    requests = _counter("requests", "Requests answered", "method", "route", "status")
    for (method, route, status), count in list(meter.requests.items()):
        requests.add_metric((method, route, str(status)), count)
    yield requests
    latency = HistogramMetricFamily(
        "mieco_request_seconds", "Time until the last byte of an answer", labels=("route",)
    )
    bounds = (*map(str, BUCKETS), "+Inf")
    for route, each in list(meter.latencies.items()):
        counts = accumulate(each.buckets)
        latency.add_metric((route,), list(zip(bounds, counts, strict=True)), each.seconds)
    yield latency
    queries = _counter("queries", "Queries at /sparql that were not kept answers", "outcome")
    for outcome in dict.fromkeys(OUTCOMES):
        queries.add_metric((outcome,), meter.queries[outcome])
    yield queries
    errors = _counter("errors", "Answers that tell an error", "code")
    for code, count in list(meter.errors.items()):
        errors.add_metric((code,), count)
    yield errors
    refused = _counter("refused", "Requests beyond a limit of their client", "limit")
    for kind in KINDS:
        refused.add_metric((kind,), meter.refused[kind])
    yield refused
    yield _gauge("requests_under_way", "Requests under way", meter.under_way)
    totals = {
        "sent_bytes": ("Bytes of answers, without their headers", meter.sent),
        "kept_answers_given": ("Answers that had been made before", meter.kept),
        "answers_cut": ("Answers that ended before they were whole", meter.cut),
    }
    for name, (about, value) in totals.items():
        total = _counter(name, about)
        total.add_metric((), value)
        yield total


def _of_changes(meter: Meter) -> Iterator[Metric]:
    changes = _counter("changes", "What the audit log has entered", "action", "outcome")
    for (action, outcome), count in list(meter.changes.items()):
        changes.add_metric((action, outcome), count)
    yield changes
    seconds = _counter("change_seconds", "Time that changes took", "action")
    for action, took in list(meter.change_seconds.items()):
        seconds.add_metric((action,), took)
    yield seconds


def _of_the_engine(made: Service) -> Iterator[Metric]:
    try:
        with made.engine.use(seconds=0) as (engine, release):
            manifest, alive = release.manifest, engine.alive()
            load = engine.load() if isinstance(engine, EmbeddedEngine) else None
    except MiecoError:
        yield _gauge("engine_up", "Does the engine live?", 0)
        return
    yield _gauge("engine_up", "Does the engine live?", alive)
    yield _gauge("release", "The number of the release that answers", manifest.number)
    yield _gauge("release_triples", "The triples of that release", manifest.triples)
    if load is not None:
        workers = GaugeMetricFamily("mieco_workers", "Query workers", labels=("state",))
        for state, count in (("fast", load.fast), ("slow", load.slow), ("idle", load.idle)):
            workers.add_metric((state,), count)
        yield workers
        yield _gauge("queue_length", "Queries that wait for a worker", load.waiting)
    yield _gauge("imports_waiting", "Deliveries that wait to be read", made.imports.waiting())


def _of_the_machine(made: Service) -> Iterator[Metric]:
    info = GaugeMetricFamily("mieco_info", "The version", labels=("version",))
    info.add_metric((__version__,), 1)
    yield info
    try:
        disk = shutil.disk_usage(made.settings.data)
    except OSError:
        return
    yield _gauge("disk_free_bytes", "Room on the disk of the data directory", disk.free)
    yield _gauge("disk_bytes", "Size of that disk", disk.total)
