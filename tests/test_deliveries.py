"""Which deliveries are kept: everybody has room of his own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mieco.access.grants import OPERATOR, Grant
from mieco.access.holders import Holder
from mieco.deliveries import Deliveries, Upload
from mieco.errors import NotFound, TooManyWaiting

MEGABYTES = 1
# With what is noted of it, and the folders, as much as the largest body.
WHOLE = bytes((MEGABYTES << 20) - 10_000)
ADMIN = Holder("aaaaaaaaaaaa", "admin", OPERATOR, "")
ONE = Holder("111111111111", "one", Grant("contributor", ["shenzhen"]), "")
OTHER = Holder("222222222222", "other", Grant("contributor", ["wuhan"]), "")


def opened(folder: Path, counts: Callable[[str], bool] = lambda _: True) -> Deliveries:
    return Deliveries(folder, MEGABYTES, counts)


def received(deliveries: Deliveries, holder: Holder, content: bytes = b"x") -> Upload:
    file = ("a.ttl", io.BytesIO(content))
    return deliveries.receive([file], consortium="", batch="", by="", holder=holder)


def settled(deliveries: Deliveries, holder: Holder, content: bytes = b"x") -> Upload:
    return deliveries.change(received(deliveries, holder, content).id, state="ready")


def test_nobody_pushes_out_what_is_of_others(tmp_path: Path) -> None:
    deliveries = opened(tmp_path)
    waiting, ready = received(deliveries, ADMIN), settled(deliveries, ADMIN)
    first = settled(deliveries, ONE)
    for _ in range(24):
        settled(deliveries, ONE, WHOLE)
    assert deliveries.get(waiting.id).state == "waiting"
    assert deliveries.get(ready.id).state == "ready"
    with pytest.raises(NotFound):
        deliveries.get(first.id)
    kept = [upload.holder for upload in deliveries.all()]
    assert kept.count(ONE.id) == 20


def test_a_delivery_stays_its_deliverer_s_whoever_has_it_worked_on(tmp_path: Path) -> None:
    deliveries = opened(tmp_path)
    made = settled(deliveries, ADMIN)
    started = deliveries.start(made.id, "check", ["ready"], ONE)
    assert started
    assert (started.token, started.holder) == (ONE.id, ADMIN.id)
    deliveries.change(made.id, state="ready")
    for _ in range(21):
        settled(deliveries, ONE, WHOLE)
    assert deliveries.get(made.id).state == "ready"


def test_those_of_tokens_that_count_no_more_share_one_room(tmp_path: Path) -> None:
    revoked: set[str] = set()
    deliveries = opened(tmp_path, lambda token: token not in revoked)
    for holder in (ONE, OTHER):
        for _ in range(12):
            settled(deliveries, holder, WHOLE)
    revoked |= {ONE.id, OTHER.id}
    settled(deliveries, ADMIN)
    kept = [upload.holder for upload in deliveries.all()]
    assert [kept.count(holder.id) for holder in (ONE, OTHER, ADMIN)] == [8, 12, 1]


@pytest.mark.parametrize(("content", "most"), [(WHOLE + bytes(10_000), 20), (b"x", 100)])
def test_what_waits_is_never_dropped_but_takes_no_more_room_either(
    tmp_path: Path, content: bytes, most: int
) -> None:
    deliveries = opened(tmp_path)
    first = received(deliveries, ONE, content)
    for _ in range(most - 1):
        received(deliveries, ONE, content)
    with pytest.raises(TooManyWaiting):
        received(deliveries, ONE, content)
    assert len(deliveries.all()) == len(list(tmp_path.iterdir())) == most
    assert received(deliveries, OTHER).holder == OTHER.id
    deliveries.change(first.id, state="failed")
    received(deliveries, ONE, content)


def test_a_delivery_of_an_earlier_version_is_of_who_had_it_worked_on(tmp_path: Path) -> None:
    deliveries = opened(tmp_path)
    made = settled(deliveries, ONE)
    noted = tmp_path / made.id / "delivery.json"
    document = json.loads(noted.read_text(encoding="utf-8"))
    del document["holder"]
    noted.write_text(json.dumps(document), encoding="utf-8")
    assert deliveries.get(made.id) == made
