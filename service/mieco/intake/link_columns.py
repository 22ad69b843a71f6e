"""The columns of a table of links: those of SSSOM, with headings for people who use CSV."""

from __future__ import annotations

from mieco.errors import Text
from mieco.intake.specification import Column, Specification, Table

# What a row may tell beyond the columns below (SSSOM 1.1), and is not taken up here.
_OTHER_SLOTS = (
    "record_id", "subject_category", "predicate_label", "object_category", "author_id",
    "reviewer_id", "reviewer_label", "creator_id", "creator_label", "license",
    "subject_type", "subject_source", "subject_source_version", "object_type",
    "object_source", "object_source_version", "predicate_type", "mapping_provider",
    "mapping_source", "mapping_cardinality", "cardinality_scope", "mapping_tool",
    "mapping_tool_id", "mapping_tool_version", "publication_date", "review_date",
    "curation_rule", "curation_rule_text", "subject_match_field", "object_match_field",
    "match_string", "subject_preprocessing", "object_preprocessing", "similarity_score",
    "similarity_measure", "issue_tracker_item", "other",
)  # fmt: skip

LINK_COLUMNS = {
    "subject_id": Column(heading=Text("主体", "subject"), required=True),
    "subject_label": Column(heading=Text("主体名称", "subject label")),
    "predicate_id": Column(heading=Text("关系", "predicate"), required=True),
    "predicate_modifier": Column(heading=Text("否定", "predicate modifier")),
    "object_id": Column(heading=Text("客体", "object"), required=True),
    "object_label": Column(heading=Text("客体名称", "object label")),
    "mapping_justification": Column(heading=Text("理由", "justification")),
    "confidence": Column(heading=Text("把握", "confidence")),
    "author_label": Column(heading=Text("作者", "author")),
    "mapping_date": Column(heading=Text("日期", "date")),
    "see_also": Column(heading=Text("出处", "source")),
    "comment": Column(heading=Text("说明", "comment")),
}

LINK_TABLE = Table(
    name="links",
    about="",
    columns={**LINK_COLUMNS, **{slot: Column() for slot in _OTHER_SLOTS}},
    register="links",
)
LINK_SPECIFICATION = Specification({LINK_TABLE.name: LINK_TABLE}, {})
