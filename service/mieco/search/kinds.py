"""The few kinds of things that people tell apart when they search."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from typing import Literal as OneOf

from mieco.errors import Text
from mieco.terms import MIECO, PREFIXES

Kind = OneOf[
    "consortium",
    "school",
    "enterprise",
    "park",
    "institute",
    "public-body",
    "organisation",
    "place",
    "space",
    "activity",
    "document",
    "governance",
    "concept",
    "term",
    "question",
    "source",
    "other",
]

KINDS: Final[dict[Kind, Text]] = {
    "consortium": Text("联合体", "consortium"),
    "school": Text("院校", "school"),
    "enterprise": Text("企业", "enterprise"),
    "park": Text("园区", "park"),
    "institute": Text("科研院所", "research institute"),
    "public-body": Text("政府与公共机构", "public body"),
    "organisation": Text("其他组织", "other organisation"),
    "place": Text("地域", "place"),
    "space": Text("空间与平台", "space"),
    "activity": Text("活动", "activity"),
    "document": Text("文件与政策", "document"),
    "governance": Text("治理机构与机制", "governance"),
    "concept": Text("概念", "concept"),
    "term": Text("本体术语", "term of the ontology"),
    "question": Text("问题", "question"),
    "source": Text("来源", "source"),
    "other": Text("其他", "other"),
}

_OWL, _RDF, _SKOS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["skos"]
# The kind of a thing is that of the first of these classes that it has.
_CLASSES: Final[dict[str, Kind]] = {
    _OWL + "Class": "term",
    _OWL + "ObjectProperty": "term",
    _OWL + "DatatypeProperty": "term",
    _OWL + "AnnotationProperty": "term",
    _OWL + "Ontology": "term",
    PREFIXES["rdfs"] + "Class": "term",
    PREFIXES["rdfs"] + "Datatype": "term",
    _RDF + "Property": "term",
    PREFIXES["sh"] + "SPARQLExecutable": "question",
    MIECO + "Source": "source",
    MIECO + "Indicator": "concept",
    _SKOS + "Concept": "concept",
    _SKOS + "ConceptScheme": "concept",
    MIECO + "Consortium": "consortium",
    MIECO + "EducationProvider": "school",
    MIECO + "ResearchInstitute": "institute",
    MIECO + "Enterprise": "enterprise",
    MIECO + "IndustrialPark": "park",
    MIECO + "GovernanceArrangement": "governance",
    MIECO + "PublicBody": "public-body",
    MIECO + "CollectiveActor": "organisation",
    MIECO + "Place": "place",
    MIECO + "Space": "space",
    MIECO + "Activity": "activity",
    MIECO + "PolicyMeasure": "document",
    MIECO + "Document": "document",
}
# Those that can be a party to something, and may be called otherwise there.
ACTORS: Final[frozenset[Kind]] = frozenset(
    ("consortium", "school", "enterprise", "park", "institute", "public-body", "organisation")
)
# What stands for a statement is found by what it is about, not by a name of its own.
STATEMENTS: Final = frozenset(
    MIECO + name for name in ("Record", "Membership", "Participation", "Coding", "NamePeriod")
)


def kind_of(classes: Collection[str]) -> Kind:
    """The kind of a thing by all its classes."""
    return next((kind for name, kind in _CLASSES.items() if name in classes), "other")
