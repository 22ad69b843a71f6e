"""A batch against the shapes, each finding at the cell that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mieco.check.portions import Describe, validated
from mieco.check.validator import Rules
from mieco.findings import Finding
from mieco.intake.batch import Batch
from mieco.progress import Progress


def check(
    batch: Batch, things: Sequence[str], describe: Describe, rules: Rules, progress: Progress
) -> Iterator[Finding]:
    """The findings about the things of a batch, each at the cell that it came from."""
    progress.begin("checking", len(things))
    for results, size in validated(things, describe, rules):
        progress.step(size)
        for result in results:
            yield Finding(
                severity=result.severity,
                code=f"shape:{result.shape}",
                message=result.message,
                hint=result.hint,
                origin=batch.origins.find(result.focus, result.path),
                focus=result.focus,
                path=result.path,
                value=result.value,
            )
