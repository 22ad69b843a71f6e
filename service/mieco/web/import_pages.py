"""What is told of deliveries and batches, as JSON and to the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from flask import url_for

from mieco.access.holders import Holder
from mieco.deliveries import COMPARISON, PROGRESS, REPORT, State, Upload
from mieco.errors import NotFound, NothingToUndo, Text
from mieco.present.reports import page_of, report_of
from mieco.publish.delivery import batch_names
from mieco.releases import Release, Releases
from mieco.web.reader import language
from mieco.web.service import service

STATES: Mapping[State, Text] = {
    "waiting": Text("等待处理", "waiting its turn"),
    "working": Text("正在处理", "being worked on"),
    "refused": Text("有违反，需要改正", "has violations to be mended"),
    "ready": Text("可以发布", "ready to be published"),
    "published": Text("已经发布", "published"),
    "failed": Text("处理失败", "failed"),
}


def as_json(upload: Upload, *, whole: bool = False) -> dict[str, Any]:
    """A delivery for programs; ``whole`` with what was found.  See docs/import.md."""
    told = asdict(upload)
    for of_the_token in ("token", "token_name", "grant", "holder"):
        del told[of_the_token]
    told["error"] = told["error"] or None
    told["stale"] = _is_stale(upload)
    told["withdrawn"] = _is_withdrawn(upload)
    links = {"self": url_for("imports.show", key=upload.id)}
    if upload.state == "ready":
        links["publish"] = url_for("imports.publish", key=upload.id)
    told["marked"] = [
        {
            "file": upload.files[number - 1].name,
            "link": url_for("imports.marked", key=upload.id, file=number),
        }
        for number in upload.marked
    ]
    if whole:
        deliveries = service().deliveries
        for name, file in (("progress", PROGRESS), ("report", REPORT), ("comparison", COMPARISON)):
            told[name] = deliveries.document(upload.id, file)
        if told["report"]:
            links["report"] = url_for("imports.report", key=upload.id)
    return {**told, "links": links}


def as_page(upload: Upload, *, whole: bool = False) -> dict[str, Any]:
    """A delivery for a page: the same, and what its words need."""
    told = as_json(upload, whole=whole)
    if whole:
        current = service().releases.current()
        standing = current.manifest.batches.get(upload.graph)
        told["in_force"] = bool(standing and standing.release == upload.release)
        told["can_undo"] = upload.release == current.manifest.number
        told["states"] = STATES
        told["ahead"] = _ahead(upload)
        if told["report"]:
            told["page"] = page_of(report_of(told["report"]), language())
    return told


def _is_stale(upload: Upload) -> bool:
    """Have the data changed since it was compared with them?"""
    return upload.state == "ready" and upload.base != service().releases.current_number()


def _is_withdrawn(upload: Upload) -> bool:
    """Was the release that it was published as undone since?"""
    releases = service().releases
    current = releases.current_number()
    if upload.release is None or current is None:
        return False
    line = _line(releases, current)
    # What was before the oldest release that is kept cannot be told.
    return upload.release not in line and upload.release > min(line)


@lru_cache(maxsize=1)
def _line(releases: Releases, number: int) -> frozenset[int]:
    """A release and those it was made from, which never change."""
    return frozenset(releases.line(number))


def _ahead(upload: Upload) -> int:
    """How many deliveries have their turn before one that waits."""
    return sum(
        other.at_work and other.received < upload.received for other in service().deliveries.all()
    )


def may_see(holder: Holder, upload: Upload) -> bool:
    """May a holder see a delivery: his own, or of a graph that he may change?"""
    grant = holder.grant
    own = upload.holder == holder.id or (bool(upload.graph) and grant.covers(upload.graph))
    return own or grant.allows("publisher")


def overview(told: Callable[[Upload], Mapping[str, Any]], holder: Holder) -> dict[str, Any]:
    """The current release, what undoing returns to, its batches, and the deliveries that a holder
    may see."""
    current = service().releases.current()
    return {
        "release": current.manifest.number,
        "undo": undoing(current) if holder.grant.allows("publisher") else None,
        "batches": [told_batch(current, name) for name in sorted(batch_names(current))],
        "deliveries": [
            told(upload) for upload in service().deliveries.all() if may_see(holder, upload)
        ],
    }


def told_batch(release: Release, full_name: str) -> dict[str, Any]:
    """How a batch of a release came to be.  Raises NotFound."""
    batches = batch_names(release)
    if full_name not in batches:
        raise NotFound(what=Text("批次", "batch"), name=full_name, near=", ".join(batches))
    owner, _, name = full_name.partition("/")
    return {
        "owner": owner,
        "name": name,
        **asdict(batches[full_name]),
        "links": {"self": url_for("import_changes.delete", owner=owner, name=name)},
    }


def undoing(current: Release) -> dict[str, Any] | None:
    """What undoing the current release comes to; ``None`` where there is nothing to undo."""
    try:
        before = service().releases.before(current)
    except NothingToUndo:
        return None
    now, then = batch_names(current), batch_names(before)
    return {
        "release": before.manifest.number,
        "created": before.manifest.created,
        "triples": {"now": current.manifest.triples, "then": before.manifest.triples},
        "batches": {
            "withdrawn": sorted(now.keys() - then.keys()),
            "restored": sorted(then.keys() - now.keys()),
            "changed": sorted(n for n in now.keys() & then.keys() if now[n] != then[n]),
        },
    }
