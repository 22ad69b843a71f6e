"""What is done again and again for as long as a replica lives, whatever happens at its origin."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NoReturn

from mieco.errors import MiecoError, NoOrigin, ServiceError

# While it fails, the next attempt is made later and later, up to so many seconds.
_LONGEST_WAIT = 60.0


def follow(
    attempt: Callable[[], object], every: float, troubled: Callable[[MiecoError, float], None]
) -> NoReturn:
    """Makes an attempt every so many seconds, and goes on after those that failed.

    ``troubled`` is told of each failure and how long it waits then.  What only a person can mend
    is raised: every UserError but, once an attempt was well, that something else answers, as a
    proxy does while the origin is away.
    """
    wait, well = every, False
    while True:
        try:
            attempt()
        except (ServiceError, NoOrigin) as error:
            if isinstance(error, NoOrigin) and not well:
                raise
            wait = min(2 * wait, max(every, _LONGEST_WAIT))
            troubled(error, wait)
        else:
            wait, well = every, True
        # Replicas that began together do not come back together.
        time.sleep(wait * random.uniform(0.9, 1))  # noqa: S311
