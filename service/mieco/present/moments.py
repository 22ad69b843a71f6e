"""Points in time as people in China read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_CHINA = timezone(timedelta(hours=8))


def moment(stamp: str) -> str:
    """An xsd:dateTime to the minute.

    >>> moment("2026-11-29T17:05:41+00:00")
    '2026-11-30 01:05 UTC+8'
    """
    return f"{datetime.fromisoformat(stamp).astimezone(_CHINA):%Y-%m-%d %H:%M} UTC+8"
