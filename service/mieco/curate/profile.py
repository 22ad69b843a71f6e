"""The OWL API: does it load the ontology offline, and is that within a profile of OWL 2?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.owlapi import run_java
from mieco.present.names import compact

Profile = Literal["OWL2_DL", "OWL2_RL"]

_LONGEST = 400


def check_profile(files: OntologyFiles, owlapi: str) -> Iterator[Finding]:
    """What keeps the ontology, or an alignment with all it imports, from OWL 2 DL.

    Raises ToolMissing where there is no JDK or no OWL API.
    """
    wanted = [files.root, *files.alignments]
    for kind, file, said in _run(files.catalogue, "OWL2_DL", wanted, owlapi):
        name = files.name(Path(file))
        if kind == "unreadable":
            yield error(
                "unreadable",
                name,
                f"OWL API 读不出 {name}：{_short(said)}",
                f"the OWL API cannot load {name}: {_short(said)}",
            )
        elif kind == "violation":
            yield error(
                "not-dl",
                name,
                f"{name} 不在 OWL 2 DL 中：{_short(said)}",
                f"{name} is outside OWL 2 DL: {_short(said)}",
            )


def violations(catalogue: Path, profile: Profile, file: Path, owlapi: str) -> list[str]:
    """What in a file is outside a profile; empty where it is within.  Raises ToolMissing."""
    return [
        _short(said)
        for kind, _, said in _run(catalogue, profile, [file], owlapi)
        if kind != "axioms"
    ]


def _run(
    catalogue: Path, profile: Profile, files: Sequence[Path], owlapi: str
) -> Iterator[list[str]]:
    """The lines that ``Profile.java`` prints, as fields."""
    arguments = [catalogue.resolve().as_uri(), profile, *(str(f) for f in files)]
    said = run_java("Profile.java", arguments, owlapi, check="profile")
    return (line.split("\t") for line in said.splitlines())


def _short(said: str) -> str:
    """OWL's functional syntax with short names, and not at any length."""
    return re.sub(r"<([^<>\s]+)>", lambda found: compact(found[1]), said)[:_LONGEST]
