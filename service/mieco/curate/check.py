"""All checks of an ontology folder, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mieco.content import OntologyFiles
from mieco.curate.catalogue import check_catalogue
from mieco.curate.findings import Finding, Level
from mieco.curate.hygiene import check_hygiene
from mieco.curate.profile import check_profile
from mieco.curate.rules import check_rules
from mieco.curate.serialisation import check_serialisation
from mieco.curate.versions import check_versions
from mieco.errors import ServiceError

Check = Callable[[OntologyFiles, str], Iterable[Finding]]


def _hermit(files: OntologyFiles, _: str) -> Iterable[Finding]:
    from mieco.curate.classification import check_hermit  # Owlready2 is slow to import

    return check_hermit(files)


# In the order of their cost: what is quick says first what is wrong.
CHECKS: dict[str, Check] = {
    "catalogue": lambda files, _: check_catalogue(files),
    "hygiene": lambda files, _: check_hygiene(files),
    "versions": lambda files, _: check_versions(files),
    "serialisation": lambda files, _: check_serialisation(files),
    "profile": check_profile,
    "rules": lambda files, _: check_rules(files),
    "hermit": _hermit,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check; ``missing`` is what kept it from running."""

    check: str
    findings: Sequence[Finding]
    seconds: float
    missing: ServiceError | None = None

    def count(self, level: Level) -> int:
        return sum(f.level == level for f in self.findings)


def run_checks(files: OntologyFiles, owlapi: str, only: Sequence[str] = ()) -> Iterator[Outcome]:
    """The outcome of every check, or of those named in ``only``, as each is done.

    Raises BadInput where the folder holds what cannot be read.
    """
    for name, check in CHECKS.items():
        if only and name not in only:
            continue
        started = time.monotonic()
        findings: list[Finding] = []
        missing = None
        try:
            findings += check(files, owlapi)
        except ServiceError as error:
            missing = error
        yield Outcome(name, findings, time.monotonic() - started, missing)
