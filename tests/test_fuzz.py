"""Every parser of foreign bytes, some hundred times; ``fuzz.py`` does it as long as one likes."""

from __future__ import annotations

from pathlib import Path

from fuzz import fuzz, targets


def test_whatever_comes_is_taken_or_refused(tmp_path: Path) -> None:
    found = {
        target.name: fuzz(target, 5, seed=1, into=tmp_path / "faults", most=200)
        for target in targets(tmp_path)
    }
    assert {name: told["faults"] for name, told in found.items() if told["faults"]} == {}
    # What refuses everything, or nothing, is not looked at.
    assert len([told for told in found.values() if told["taken"] and told["refused"]]) > 10
