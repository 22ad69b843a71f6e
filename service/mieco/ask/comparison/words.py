"""What the fixed rows and sections of comparisons are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mieco.ask.comparison.reading import Part
from mieco.errors import Text

SECTIONS: Final[Mapping[str, Text]] = {
    "basics": Text("基本情况", "Basics"),
    "members": Text("已列出的成员", "Members listed"),
    "consortia": Text("联合体", "Consortia"),
    "organisations": Text("所在单位", "Organisations located there"),
    "governance": Text("治理机构与机制", "Governance"),
    "spaces": Text("空间与平台", "Spaces"),
    "activities": Text("活动", "Activities"),
    "others": Text("文件、举措与成果", "Documents, measures, results"),
    "readiness": Text("对标核对", "Readiness"),
    "indicators": Text("指标", "Indicators"),
}
NOTES: Final[Mapping[str, Text]] = {
    "members": Text(
        "由成员陈述和牵头关系推理得出；只参与过活动的不算。公开名单多不完整。",
        "Inferred from statements of membership and leads; those that only took part in an activity"
        " do not count. Public lists are rarely complete.",
    ),
    "consortia": Text(
        "按所在地推理得出，含下级地域。一个联合体可以有几级认定，各级之和可能大于合计。",
        "Inferred from location, places below included. One may be recognised at several levels,"
        " so that the levels can add up to more than all.",
    ),
    "indicators": Text(
        "各来源报道的值，来源之间不同的都列出；末列为政策对同一指标设定的目标。",
        "The values that sources report; where they differ all are shown. The last column has the"
        " targets that policies set for the same indicator.",
    ),
    "readiness": Text(
        "按官方要求以公开数据核对，未显示不等于没有。",
        "Checked against the official requirements; what is not shown may still exist.",
    ),
}
ROWS: Final[Mapping[str, Text]] = {
    "founded": Text("成立时间", "Founded"),
    "place": Text("所在地", "Place"),
    "recognition": Text("认定", "Recognition"),
    "industry-text": Text("面向产业（原文）", "Industries (as written)"),
    "industry": Text("面向产业（分类）", "Industries (classified)"),
    "leads": Text("牵头单位", "Lead units"),
    "park": Text("依托园区", "Host park"),
    "legal": Text("法人资格", "Legal personality"),
    "member-count": Text("自称的成员数", "Stated number of members"),
    "level": Text("级别", "Level"),
    "within": Text("上级地域", "Part of"),
    "all": Text("合计", "All"),
}
PARTS: Final[Mapping[Part, Text]] = {
    "document": Text("文件与政策", "Documents and policies"),
    "measure": Text("政策举措", "Policy measures"),
    "alliance": Text("联盟与共同体", "Alliances"),
    "goal": Text("共同目标", "Shared goals"),
    "contribution": Text("投入", "Contributions"),
    "achievement": Text("成果", "Results"),
}
# What a row is called that counts the things of no narrower kind.
OTHER: Final = Text("其他", "Other")
POLICY_TARGETS: Final = Text("政策目标", "Policy targets")
TARGET: Final = Text("目标", "target")
INFERRED_DATE: Final = Text("年份等为推定", "date inferred from the context")
# Before a number the name of the qualifier, 约数, would not be said.
ABOUT: Final = Text("约", "about")
YES, NO = Text("有", "yes"), Text("没有", "no")
