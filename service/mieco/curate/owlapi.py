"""The OWL API, in a Java program of this package."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from mieco.errors import BadInstallation, Text, ToolMissing

_FOLDER = Path(__file__).parent
_SECONDS = 300
# A program of two seconds: to compile it well costs more than it gains.
_BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def run_java(program: str, arguments: Sequence[str], owlapi: str, check: str) -> str:
    """What a program prints; ``check`` names what is not done without it.

    Raises ToolMissing where there is no JDK or no OWL API, BadInstallation where it fails.
    """
    command = ["java", *_BRIEF, "-Dfile.encoding=UTF-8", "-cp", owlapi, str(_FOLDER / program)]
    try:
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            encoding="utf-8",
            timeout=_SECONDS,
            check=False,
        )
    except OSError:
        raise _missing_jdk(check) from None
    if done.returncode:
        # A Java without compiler has no module of that name.
        if "Module jdk.compiler not found" in done.stderr:
            raise _missing_jdk(check)
        if "org.semanticweb.owlapi" in done.stderr and "does not exist" in done.stderr:
            raise ToolMissing(
                tool="OWL API",
                check=check,
                todo=Text(
                    "请安装 Debian 包 libowlapi-java，或用 MIECO_OWLAPI 指明它的类路径。",
                    "Install Debian's libowlapi-java, or name its class path in MIECO_OWLAPI.",
                ),
            )
        raise BadInstallation(part=program, reason=done.stderr.strip()[-500:])
    return done.stdout


def _missing_jdk(check: str) -> ToolMissing:
    return ToolMissing(
        tool="JDK",
        check=check,
        todo=Text(
            "请安装 Java 开发工具包 11 或更新版本（Debian：default-jdk-headless）。",
            "Install a Java development kit, 11 or newer (Debian: default-jdk-headless).",
        ),
    )
