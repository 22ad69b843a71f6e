"""What every view works with: settings, engine, questions, rules, the way to other hosts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from flask import current_app

from mieco import content
from mieco.access.holders import Holders
from mieco.ask.comparison.province_figures import ProvinceFigures
from mieco.ask.comparison.readiness import Tallies
from mieco.ask.comparison.records import Records
from mieco.ask.completion.suggestions import Completers
from mieco.ask.coverage import Coverages
from mieco.ask.maps.base import MapBase, read_map_base
from mieco.ask.maps.points import PointMaps
from mieco.ask.overview import Overviews
from mieco.ask.profiles.fulfilment import QUESTION, Fulfilments
from mieco.ask.sitemap import Sitemaps
from mieco.ask.starting_points import Example, read_examples
from mieco.ask.why import Explainers
from mieco.audit import AuditLog
from mieco.by_release import ByRelease
from mieco.checksums import Checksums
from mieco.conformance.report import Examiner
from mieco.deliveries import Deliveries
from mieco.engine.base import Engine
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.engine.past import PastEngines
from mieco.federation.outside import Outside, read_outside
from mieco.import_queue import ImportQueue
from mieco.making.maker import Maker
from mieco.namespace.class_list import ClassLists
from mieco.namespace.documents import Documents
from mieco.namespace.usage import Uses
from mieco.namespace.versions import read_versions
from mieco.questions.header import read_questions
from mieco.questions.model import Question
from mieco.reconcile.reconcilers import Reconcilers
from mieco.releases import Release, Releases
from mieco.search.finders import Finders
from mieco.setting_checks import variable
from mieco.settings import Settings, describe
from mieco.web.clients import Clients
from mieco.web.meter import Meter
from mieco.workbook import WorkbookMaker

# Settings that change no answer: replicas differ in them and mark the same answer alike.
_OF_THE_MACHINE = {
    variable(name)
    for name in (
        *("host", "port", "data", "scratch", "workers", "queue", "cache", "warm"),
        *("memory", "worker_memory", "writer_memory", "dumps"),
        *("proxies", "client_requests", "client_concurrent", "stop_timeout"),
        *("log", "access_log", "slow", "metrics_networks"),
    )
}
# How long the end of an import waits for readers to see it.
_SEEN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, as the views see it."""

    settings: Settings
    clients: Clients
    meter: Meter
    holders: Holders
    audit: AuditLog
    engine: CurrentEngine
    past: PastEngines
    questions: Mapping[str, Question]
    examples: Mapping[str, Example]
    ontology: Documents
    uses: Uses
    class_lists: ClassLists
    outside: Outside
    workbooks: WorkbookMaker
    explainers: Explainers
    coverage: Coverages
    overviews: Overviews
    fulfilments: Fulfilments
    finders: Finders
    completers: Completers
    reconcilers: Reconcilers
    sitemaps: Sitemaps
    releases: Releases
    deliveries: Deliveries
    imports: ImportQueue
    point_maps: PointMaps
    records: Records
    tallies: Tallies
    province_figures: ProvinceFigures
    map_base: MapBase
    examiner: Examiner
    # Of the settings, on which what is answered depends.
    mark: str
    maker: Maker
    checksums: ByRelease[Checksums]

    @classmethod
    def of(cls, settings: Settings, engine: CurrentEngine, finders: Finders) -> Service:
        """Raises BadSetting."""
        questions = read_questions(content.folder("queries") / "questions")
        outside = read_outside(
            settings.federation, settings.federation_networks, settings.max_upload << 20
        )
        holders = Holders(settings)
        deliveries = Deliveries(
            settings.data / "deliveries",
            settings.max_upload,
            lambda token: holders.by_id(token) is not None,
        )
        seen = partial(engine.await_current, seconds=_SEEN_SECONDS)
        meter = Meter()
        audit = AuditLog(settings.data, meter.changed)
        return cls(
            settings=settings,
            clients=Clients(settings),
            meter=meter,
            holders=holders,
            audit=audit,
            engine=engine,
            past=PastEngines(partial(_open_past, settings=settings, finders=finders)),
            questions=questions,
            examples=read_examples(content.folder("queries") / "examples"),
            ontology=Documents(read_versions(content.ontology_files())),
            uses=Uses(),
            class_lists=ClassLists(),
            outside=outside,
            workbooks=WorkbookMaker(settings),
            explainers=Explainers(),
            coverage=Coverages(questions),
            overviews=Overviews(),
            fulfilments=Fulfilments(questions[QUESTION]),
            finders=finders,
            completers=Completers(),
            reconcilers=Reconcilers(),
            sitemaps=Sitemaps(),
            point_maps=PointMaps(),
            records=Records(),
            tallies=Tallies(),
            province_figures=ProvinceFigures(),
            map_base=read_map_base(settings),
            releases=Releases(settings.data),
            deliveries=deliveries,
            imports=ImportQueue(settings, deliveries, seen, audit),
            examiner=Examiner(questions),
            mark=_mark(settings),
            maker=Maker(settings),
            checksums=ByRelease(),
        )


def _mark(settings: Settings) -> str:
    told = [each for each in describe(settings) if each[0] not in _OF_THE_MACHINE]
    return hashlib.blake2s(repr(told).encode()).hexdigest()


def _open_past(release: Release, settings: Settings, finders: Finders) -> Engine:
    """An engine with few workers: of a past release little is asked at a time."""
    few = replace(settings, workers=min(2, settings.workers))
    search = partial(finders.hits, release, seconds=settings.timeout)
    return EmbeddedEngine(release.folder, few, search)


def service() -> Service:
    """The service of the current application."""
    return cast(Service, current_app.extensions["mieco"])
