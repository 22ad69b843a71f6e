"""How much one client may ask for: requests in a minute, at once, and tokens that do not count.

All of it is looked at on the event loop before anything else is done, takes the same short time
however many clients there are, and so much memory as the clients that asked last need.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from mieco.errors import Text

Kind = Literal["requests", "concurrent", "tokens"]
KINDS: Final[tuple[Kind, ...]] = ("requests", "concurrent", "tokens")

# So many clients are remembered; who is forgotten begins anew.
_MOST_CLIENTS = 20_000
# So many tokens that do not count may be shown in a minute.
_WRONG_TOKENS = 10
_MINUTE = 60.0


class Refusal(NamedTuple):
    """Beyond which limit a request is, and after how many seconds it would not be."""

    kind: Kind
    seconds: int


class Standing:
    """What a client has asked for lately."""

    __slots__ = ("at", "left", "under_way", "wrong_at", "wrong_left")

    def __init__(self, requests: float, now: float) -> None:
        self.left, self.at = requests, now
        self.wrong_left, self.wrong_at = float(_WRONG_TOKENS), now
        self.under_way = 0


class Limits:
    """Counts by client.  Belongs to one event loop.

    ``requests`` a minute and ``concurrent`` ones at once are let through; 0: any number.
    """

    def __init__(
        self, requests: int, concurrent: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._requests = requests
        self._concurrent = concurrent
        self._clock = clock
        self._standings: OrderedDict[str, Standing] = OrderedDict()

    def enter(self, key: str, *, credentials: bool) -> Standing | Refusal:
        """Where the client of a request stands, which is then under way; or why it is refused.

        ``credentials``: does it show a token?
        """
        now = self._clock()
        standing = self._standings.get(key)
        if standing is None:
            standing = self._standings[key] = Standing(self._requests, now)
            if len(self._standings) > _MOST_CLIENTS:
                self._standings.popitem(last=False)
        else:
            self._standings.move_to_end(key)
        if credentials and (wait := _wait(self._wrong_left(standing, now), _WRONG_TOKENS)):
            return Refusal("tokens", wait)
        if self._concurrent and standing.under_way >= self._concurrent:
            return Refusal("concurrent", 1)
        if self._requests:
            grown = standing.left + (now - standing.at) * self._requests / _MINUTE
            standing.left, standing.at = min(grown, self._requests), now
            if wait := _wait(standing.left, self._requests):
                return Refusal("requests", wait)
            standing.left -= 1
        standing.under_way += 1
        return standing

    @staticmethod
    def leave(standing: Standing) -> None:
        """A request that was let through has ended."""
        standing.under_way -= 1

    def shown_wrong(self, standing: Standing) -> None:
        """The client has shown a token that does not count."""
        left = self._wrong_left(standing, self._clock())
        standing.wrong_left = max(left - 1, 0)

    @staticmethod
    def _wrong_left(standing: Standing, now: float) -> float:
        grown = standing.wrong_left + (now - standing.wrong_at) * _WRONG_TOKENS / _MINUTE
        standing.wrong_left, standing.wrong_at = min(grown, _WRONG_TOKENS), now
        return standing.wrong_left

    def told(self, kind: Kind) -> Text:
        """A limit in words."""
        match kind:
            case "requests":
                most = self._requests
                return Text(f"每分钟 {most} 个", f"{most} a minute")
            case "concurrent":
                most = self._concurrent
                return Text(f"同时 {most} 个", f"{most} at once")
            case "tokens":
                most = _WRONG_TOKENS
                return Text(
                    f"每分钟出示 {most} 次无效令牌", f"{most} a minute whose token is not valid"
                )


def _wait(left: float, a_minute: int) -> int:
    """After how many seconds there is one again; 0 if there is."""
    return 0 if left >= 1 else max(1, math.ceil((1 - left) * _MINUTE / a_minute))
