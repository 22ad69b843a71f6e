"""A release made live: brought to the engine of ``MIECO_ENGINE``, then current here."""

from __future__ import annotations

import contextlib
from typing import Final

from mieco.engine.far import Far
from mieco.errors import (
    BadRelease,
    DeadlineExceeded,
    EngineNotWritable,
    EngineUncertain,
    NoRelease,
    NotFound,
    ReleaseMoved,
    ServiceError,
    Text,
)
from mieco.progress import Progress
from mieco.push.push import push
from mieco.releases import Release, Releases
from mieco.settings import Settings


def go_live(
    settings: Settings,
    number: int,
    progress: Progress | None = None,
    *,
    keep: bool = False,
) -> None:
    """Brings a release to the engine and makes it current; without such an engine it is that.

    What could not be brought is removed unless it is to be kept, so that sending can go on.
    Raises EngineNotWritable or ReleaseMoved, and the release that was current then still is, here
    and there; or EngineUncertain.
    """
    if not settings.engine:
        return
    releases = Releases.of(settings)

    brought = False

    def bring(release: Release) -> None:
        nonlocal brought
        far = Far(settings)
        try:
            push(release, far, progress)
            brought = True
        except (EngineNotWritable, EngineUncertain):
            raise
        except (ServiceError, DeadlineExceeded) as error:
            raise _not_written(error, number if keep else None) from error
        finally:
            far.close()

    try:
        releases.switch(number, bring)
    except EngineUncertain:
        raise  # it may be made current yet
    except BaseException:
        if not (keep or brought) and number > (releases.current_number() or 0):
            releases.discard(number)
        raise


def finish_switch(settings: Settings) -> None:
    """Makes the release current that the engine holds, where a switch to it was cut at its end.

    Raises as :meth:`mieco.engine.far.Far.found`, and NotWritable.
    """
    if not settings.engine:
        return
    far = Far(settings)
    try:
        pointer = far.pointer()
    finally:
        far.close()
    releases = Releases.of(settings)
    current = releases.current_number()
    if pointer is None or pointer.release is None or pointer.release == current:
        return
    with contextlib.suppress(NotFound, NoRelease, BadRelease, ReleaseMoved):
        if releases.open(pointer.release).manifest.created == pointer.created:
            releases.switch(pointer.release, lambda _: None)


def _not_written(error: ServiceError | DeadlineExceeded, kept: int | None) -> EngineNotWritable:
    told = error.facts.get("reason")
    if told is None:
        told = Text(error.message("zh").rstrip("。"), error.message("en").rstrip("."))
    todo = _AGAIN
    if kept is not None:
        todo = Text(
            f"当前的发布保持不变；原因消除后，mieco push --release {kept} 会接着送完。",
            f"The current release stands. When the cause is gone, 'mieco push --release {kept}'"
            " goes on from where this ended.",
        )
    engine = error.facts.get("engine", "MIECO_ENGINE")
    return EngineNotWritable(engine=engine, reason=told, todo=todo)


_AGAIN: Final = Text(
    "什么也没有改变；请稍后再试，管理员可用 mieco doctor 检查该引擎。",
    "Nothing has changed. Try again shortly; the administrator can check the engine with"
    " 'mieco doctor'.",
)
