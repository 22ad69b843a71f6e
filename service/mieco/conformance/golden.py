"""The questions, asked now, against the answers that were looked through by people.

``queries/golden.json`` holds what is asked and the digest of each answer, ``tests/golden/`` the
answers themselves.  They are those on the tables that come with this version, so they bind a
release of these tables alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mieco import content
from mieco.ask.answers import ask
from mieco.conformance.canonical_answers import digest_of
from mieco.conformance.outcome import Outcome
from mieco.engine.base import Engine
from mieco.errors import SILENCE, Language, MiecoError, Text
from mieco.publish.own import is_stale
from mieco.questions.model import Question
from mieco.releases import Release


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A question with parameters, and the SHA-256 of its answer."""

    id: str
    question: str
    parameters: Mapping[str, Sequence[str]]
    lang: Language
    sha256: str


def read_golden_cases() -> Sequence[GoldenCase]:
    """Those that come with this version."""
    text = (content.folder("queries") / "golden.json").read_text(encoding="utf-8")
    return [GoldenCase(**case) for case in json.loads(text)["cases"]]


def holds_own_tables(release: Release) -> bool:
    """Was a release made of the tables that come with this version, and of nothing else?"""
    made = release.manifest
    folder = content.folder("data")
    tables = [(folder / name, sha256) for name, sha256 in made.inputs.items() if "/" not in name]
    own = all(path.is_file() and _sha256(path) == sha256 for path, sha256 in tables)
    return bool(tables) and own and not made.batches and not is_stale(release)


def examine_answers(
    engine: Engine, questions: Mapping[str, Question], *, binding: bool, seconds: float
) -> Iterator[Outcome]:
    """Each answer against its digest; where these do not bind, whether there is an answer."""
    for case in read_golden_cases():
        question = questions[case.question]
        try:
            answer = ask(engine, question, case.parameters, case.lang, seconds=seconds)
        except MiecoError as error:
            yield Outcome(case.id, question.sentence, False, _words(error))
            continue
        found = [
            (row, support.facts) for row, support in zip(answer.rows, answer.support, strict=True)
        ]
        passed = not binding or digest_of(question, found) == case.sha256
        rows = len(answer.rows)
        told = Text(
            f"{rows} 行，与核对过的答案不同", f"{rows} rows, others than were looked through"
        )
        yield Outcome(case.id, question.sentence, passed, SILENCE if passed else told)


def _words(error: MiecoError) -> Text:
    return Text(error.message("zh"), error.message("en"))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
