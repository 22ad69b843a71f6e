"""Half a minute of what ``soak.py`` does for ten: nothing is lost, grows or comes unplanned."""

from __future__ import annotations

from pathlib import Path

from soak import soak


def test_half_a_minute_of_everything_at_once(few_directory: Path) -> None:
    told = soak(30, seed=1, data=few_directory)
    assert told["wrong"] == []
    assert told["acknowledged writes"]
    assert told["kills"]
