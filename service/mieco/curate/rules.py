"""Can inference do something with every axiom?"""

from __future__ import annotations

from collections.abc import Iterator

from mieco.content import OntologyFiles
from mieco.curate.findings import Finding, error
from mieco.curate.modules import united
from mieco.errors import AxiomUnknown
from mieco.inference import rule_files
from mieco.reason.compile import compile_rules
from mieco.reason.ruleset import RuleSet


def compiled(files: OntologyFiles) -> RuleSet:
    """The rules of an ontology folder.  Raises AxiomUnknown, BadInput."""
    return compile_rules(united(files.loaded), rule_files(), files)


def check_rules(files: OntologyFiles) -> Iterator[Finding]:
    """Axioms of a kind that inference does not know."""
    try:
        compiled(files)
    except AxiomUnknown as problem:
        yield error("axiom-unknown", "", problem.message("zh"), problem.message("en"))
