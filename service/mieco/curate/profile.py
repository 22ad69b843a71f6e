"""The OWL API: does it load the ontology offline, and is that within a profile of OWL 2?"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.errors import BadInstallation, Text, ToolMissing
from mieco.present.names import compact

Profile = Literal["OWL2_DL", "OWL2_RL"]

_PROGRAM = Path(__file__).parent / "Profile.java"
_SECONDS = 300
# A program of two seconds: to compile it well costs more than it gains.
_BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
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
    command = ["java", *_BRIEF, "-Dfile.encoding=UTF-8", "-cp", owlapi, str(_PROGRAM)]
    command += [catalogue.resolve().as_uri(), profile, *(str(f) for f in files)]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False
        )
    except OSError:
        raise _missing_jdk() from None
    if done.returncode:
        # A Java without compiler has no module of that name.
        if "Module jdk.compiler not found" in done.stderr:
            raise _missing_jdk()
        if "org.semanticweb.owlapi" in done.stderr and "does not exist" in done.stderr:
            raise ToolMissing(
                tool="OWL API",
                check="profile",
                todo=Text(
                    "请安装 Debian 包 libowlapi-java，或用 MIECO_OWLAPI 指明它的类路径。",
                    "Install Debian's libowlapi-java, or name its class path in MIECO_OWLAPI.",
                ),
            )
        raise BadInstallation(part=_PROGRAM.name, reason=done.stderr.strip()[-500:])
    return (line.split("\t") for line in done.stdout.splitlines())


def _missing_jdk() -> ToolMissing:
    return ToolMissing(
        tool="JDK",
        check="profile",
        todo=Text(
            "请安装 Java 开发工具包 11 或更新版本（Debian：default-jdk-headless）。",
            "Install a Java development kit, 11 or newer (Debian: default-jdk-headless).",
        ),
    )


def _short(said: str) -> str:
    """OWL's functional syntax with short names, and not at any length."""
    return re.sub(r"<([^<>\s]+)>", lambda found: compact(found[1]), said)[:_LONGEST]
