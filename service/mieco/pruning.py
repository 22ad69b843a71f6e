"""Old releases removed, so that a service that is left alone does not fill its disk."""

from __future__ import annotations

from collections.abc import Sequence

from mieco.durable import sync, writable
from mieco.releases import Releases


def prune(releases: Releases, keep: int) -> Sequence[int]:
    """Removes all releases but the newest ``keep``; gives the numbers of those that are gone.

    The current one, that which undoing returns to, and the newest, whose number must not be given
    again, stay in any case.  What they share with those that go stays with them.  Raises NoRelease,
    BadRelease or NotWritable.
    """
    with releases.publishing() as staging:
        current = releases.current().manifest
        numbers = releases.numbers()
        stay = {*numbers[-max(keep, 1) :], current.number, current.before}
        gone = [number for number in numbers if number not in stay]
        with writable(releases.folder):
            for number in gone:
                # Away at once, as a whole; the staging folder is removed after that.
                releases.place(number).rename(staging / str(number))
            sync(releases.folder / "releases")
    return gone
