"""The list of a backup, which anybody may have written: no path in it leads elsewhere."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mieco.backup.listing import Backup

INSERT = "INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/p> %d } }"
DIGEST = "0" * 64


def as_list(files: dict[str, Any], release: Any = 1) -> str:
    told = {"made": "2026-11-30T00:00:00+00:00", "version": "1", "release": release}
    return json.dumps({**told, "files": files})


SOUND = {"size": 1, "sha256": DIGEST, "mode": 0o644}
FIRST = {"releases/1/manifest.json": SOUND}


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/etc/passwd", "releases/../current", "releases/1/../../current", "current"),
        *("session.key", "lock", "releases/1", "releases/1/", "releases/x/y", "releases/01/a"),
        *("releases/1/a/../../../../x", "releases/1//a", "releases/1/.", "staging/a", ""),
        *("deliveries/x/y", "releases/1/a\x00", "releases/1/a\n", "tokens.json/x", "restoring"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert Backup.of_json(as_list(FIRST)).releases == [1]
    with pytest.raises(ValueError, match=f"{re.escape(path)}$"):
        Backup.of_json(as_list({**FIRST, path: SOUND}))


@given(
    st.one_of(
        st.text(),
        st.dictionaries(st.text(), st.text()).map(json.dumps),
        st.dictionaries(
            st.text(alphabet="releases/1.adlvuy-_\\\n\x00", max_size=40), st.just(SOUND)
        ).map(lambda files: as_list({**FIRST, **files})),
        st.fixed_dictionaries(
            {},
            optional={
                "size": st.one_of(st.integers(), st.text(), st.none(), st.booleans()),
                "sha256": st.one_of(st.text(), st.integers()),
                "mode": st.one_of(st.integers(), st.none()),
            },
        ).map(lambda each: as_list({"releases/1/a": {**SOUND, **each}})),
    )
)
def test_a_list_is_sound_or_refused(text: str) -> None:
    try:
        backup = Backup.of_json(text)
    except ValueError:
        return
    base = Path("/data")
    for path, listed in backup.files.items():
        assert Path(os.path.normpath(base / path)).is_relative_to(base)
        assert ".." not in path.split("/")
        assert path not in ("current", "session.key", "lock", "restoring")
        assert listed.size >= 0
        assert not listed.mode & ~0o777
    assert Backup.of_json(backup.to_json()) == backup
