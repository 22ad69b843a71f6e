"""The protocols that the service speaks, case by case."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from mieco.conformance.outcome import Outcome
from mieco.errors import SILENCE, Text


@dataclass(frozen=True, slots=True)
class ProtocolCase:
    """A request, and the status and media type that the ``clause`` of a specification asks for."""

    name: str
    clause: str
    what: Text
    method: str
    target: str
    accept: str
    status: int
    media_type: str
    sent: str = ""
    body: str = ""


# Sends the request of a case; gives the status and the media type of the answer.
Send = Callable[[ProtocolCase], tuple[int, str]]


def read_protocol_cases() -> Sequence[ProtocolCase]:
    """Those of ``protocol.toml``."""
    text = (files(__package__) / "protocol.toml").read_text(encoding="utf-8")
    return [
        ProtocolCase(
            name=case["name"],
            clause=case["clause"],
            what=Text(case["zh"], case["en"]),
            method=case["request"].split(" ", 1)[0],
            target=case["request"].split(" ", 1)[1],
            accept=case["accept"],
            status=case["status"],
            media_type=case["type"],
            sent=case.get("sent", ""),
            body=case.get("body", ""),
        )
        for case in tomllib.loads(text)["case"]
    ]


def examine_protocol(cases: Sequence[ProtocolCase], send: Send) -> Iterator[Outcome]:
    """What comes back in each case, against what has to."""
    for case in cases:
        met = send(case)
        passed = met == (case.status, case.media_type)
        told = f"{met[0]} {met[1]} ≠ {case.status} {case.media_type}"
        what = Text(f"{case.what.zh}（{case.clause}）", f"{case.what.en} ({case.clause})")
        yield Outcome(case.name, what, passed, SILENCE if passed else Text(told, told))
