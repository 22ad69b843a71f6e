"""Every hygiene query finds what it is for, and nothing in a good ontology."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mieco.content import ontology_files
from mieco.curate.hygiene import check_hygiene, read_rules

HERE = Path(__file__).parent / "ontology"
LEVELS = {rule.id: rule.level for rule in read_rules()}
BAD = sorted((HERE / "hygiene").glob("*.ttl"))
# A text that must be a file of its own; any other is added to a good module.
ALONE = {"header-absent", "header-incomplete", "version-differs", "version-iri"}


def found_in(folder: Path) -> set[str]:
    return {finding.rule for finding in check_hygiene(ontology_files(folder))}


def test_a_good_ontology_passes() -> None:
    assert found_in(HERE / "good") == set()


def test_every_query_has_an_example_of_what_it_finds() -> None:
    assert {path.stem for path in BAD} == LEVELS.keys()


@pytest.mark.parametrize("bad", BAD, ids=lambda p: p.stem)
def test_a_query_finds_its_example_and_no_other_does(bad: Path, tmp_path: Path) -> None:
    shutil.copytree(HERE / "good", tmp_path, dirs_exist_ok=True)
    name = "more.ttl" if bad.stem in ALONE else "core.ttl"
    with (tmp_path / name).open("a", encoding="utf-8") as module:
        module.write(bad.read_text(encoding="utf-8"))
    found = found_in(tmp_path)
    assert bad.stem in found
    others = found - {bad.stem}
    assert [rule for rule in others if LEVELS[rule] == "ERROR"] == []
