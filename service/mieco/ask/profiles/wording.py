"""How pages name, in a word or two, what an entry has; labels of properties read as verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mieco.errors import Text
from mieco.terms import MIECO

# In the order in which they are told.
_DETAILS: Final[Mapping[str, Text]] = {
    "documentNumber": Text("文号", "number"),
    "issuedBy": Text("发布", "issued by"),
    "organisedBy": Text("主办", "organised by"),
    "hostedBy": Text("设在", "hosted by"),
    "chairedBy": Text("主持", "chaired by"),
    "officeText": Text("职务", "offices"),
    "signatory": Text("签署", "signed by"),
    "builtBy": Text("共建", "built by"),
    "usedBy": Text("使用", "used by"),
    "contributedBy": Text("投入", "contributed by"),
    "sharedBy": Text("共享", "shared by"),
    "endorsedBy": Text("认可", "endorsed by"),
    "committedBy": Text("承诺", "committed by"),
    "proposedBy": Text("提出", "proposed by"),
    "executedBy": Text("执行", "executed by"),
    "hasLeadParty": Text("牵头", "led by"),
    "locatedIn": Text("地点", "in"),
    "floorArea": Text("面积（平方米）", "area (m²)"),
    "adoptedAt": Text("通过于", "adopted at"),
    "presentedAt": Text("公布于", "presented at"),
    "underPolicy": Text("依据", "under"),
    "procedureStep": Text("认定环节", "step of recognition"),
    "policyTool": Text("政策工具", "policy tool"),
    "drivenByScenario": Text("场景", "scenario"),
    "produces": Text("生产", "produces"),
    "producesOutcome": Text("成果", "outcome"),
    "precededBy": Text("前身或前一步", "after"),
    "replaces": Text("取代", "replaces"),
    "contributionTo": Text("投向", "contributed to"),
    "addressesNeed": Text("对应需求", "answers the need"),
    "listsNeed": Text("列有需求", "lists the need"),
    "participantsText": Text("参与方", "participants"),
    "timeText": Text("时间", "time"),
    "scopeText": Text("范围", "scope"),
    "validFrom": Text("自", "from"),
    "validUntil": Text("至", "until"),
    "isFulfilled": Text("已落实", "fulfilled"),
}
DETAILS: Final[Mapping[str, Text]] = {MIECO + name: words for name, words in _DETAILS.items()}
# Who is there in some way that nothing says more closely.
INVOLVES: Final = MIECO + "involvesActor"
# How a party comes into something, the most telling first; and how that is said of the party.
WAYS: Final[Mapping[str, Text]] = {
    MIECO + "signatory": Text("签署", "signed"),
    MIECO + "organisedBy": Text("主办", "organised"),
    MIECO + "hostedBy": Text("承载", "hosts"),
    MIECO + "builtBy": Text("共建", "built"),
    MIECO + "usedBy": Text("使用", "uses"),
    MIECO + "contributedBy": Text("投入", "contributed"),
    MIECO + "sharedBy": Text("共享", "shares"),
    MIECO + "issuedBy": Text("发布", "issued"),
    MIECO + "chairedBy": Text("主持", "chairs"),
    MIECO + "endorsedBy": Text("认可", "endorsed"),
    MIECO + "hasLeadParty": Text("牵头", "leads"),
    MIECO + "committedBy": Text("承诺", "committed"),
    MIECO + "proposedBy": Text("提出", "proposed"),
    MIECO + "executedBy": Text("执行", "executes"),
    MIECO + "concerns": Text("与之有关", "concerned"),
    INVOLVES: Text("参与", "took part"),
}


def detail_in_words(name: str) -> Text:
    """What a property of an entry is called before its values."""
    return Text("参与", "with") if name == INVOLVES else DETAILS[name]
