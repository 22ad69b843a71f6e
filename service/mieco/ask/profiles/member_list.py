"""The members of a consortium as a table: who, of what kind, in which role, by which source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mieco.ask.comparison.sheets import Sheet
from mieco.ask.consortia import find_consortium
from mieco.ask.profiles.members import ROLES_SAID, Member, MemberGroup, members_of, participants_of
from mieco.ask.profiles.reading import Asked, Labels, iris_in
from mieco.ask.support import Source
from mieco.errors import Language, Text
from mieco.manifest import Manifest
from mieco.present.moments import moment
from mieco.present.names import compact
from mieco.present.spreadsheet_csv import write_csv
from mieco.releases import Release
from mieco.search.kinds import KINDS
from mieco.terms import RDF_TYPE

HEADS: Final[Mapping[str, Text]] = {
    "name": Text("名称", "name"),
    "kind": Text("类别", "kind"),
    "class": Text("细类", "class"),
    "member": Text("是否成员", "member"),
    "roles": Text("角色", "roles"),
    "written": Text("名称原文", "name as written"),
    "role_text": Text("角色原文", "role as written"),
    "place": Text("所在地", "place"),
    "sources": Text("来源（等级）", "sources (grade)"),
    "iri": Text("IRI", "IRI"),
}
_WIDTHS: Final[Mapping[str, int]] = {
    **dict.fromkeys(HEADS, 14),
    "name": 34,
    "roles": 22,
    "written": 30,
    "role_text": 30,
    "sources": 34,
    "iri": 48,
}
_CAVEAT: Final = Text(
    "只列有名称可查的成员；公开的名单多不完整。“仅见参与”不等于成员。",
    "Only members known by name; public lists are rarely complete. To have taken part does not"
    " make a member.",
)
_MEMBER, _PARTICIPANT = Text("成员", "member"), Text("仅见参与", "took part only")


@dataclass(frozen=True, slots=True)
class MemberList:
    """The members of a consortium, and those who only took part in something.

    ``labels`` are those of all IRIs in it.
    """

    iri: str
    members: Sequence[MemberGroup]
    participants: Sequence[MemberGroup]
    sources: Sequence[Source]
    labels: Labels

    def rows(self, language: Language) -> list[dict[str, str]]:
        """A row for each, by the names of :data:`HEADS`."""
        return [
            *self._rows(self.members, _MEMBER.in_(language), language),
            *self._rows(self.participants, _PARTICIPANT.in_(language), language),
        ]

    def name(self, iri: str) -> str:
        return self.labels[iri][0] if iri in self.labels else compact(iri)

    def _rows(
        self, groups: Sequence[MemberGroup], standing: str, language: Language
    ) -> Iterator[dict[str, str]]:
        for group in groups:
            for member in group.members:
                yield {
                    "name": self.name(member.iri),
                    "kind": KINDS[group.kind].in_(language),
                    "class": self.name(member.kind) if member.kind else "",
                    "member": standing,
                    "roles": "; ".join(self.name(role) for role in member.role_names),
                    "written": "; ".join(fact.text for fact in member.written),
                    "role_text": "; ".join(fact.text for fact in member.role_texts),
                    "place": self.name(member.place.text) if member.place else "",
                    "sources": "; ".join(self._graded(member)),
                    "iri": member.iri,
                }

    def _graded(self, member: Member) -> Iterator[str]:
        grades = {source.iri: source.grade for source in self.sources}
        for source in member.sources:
            grade = grades.get(source, "")
            yield f"{self.name(source)} [{self.name(grade)}]" if grade else self.name(source)


def read_member_list(asked: Asked, text: str) -> MemberList:
    """The members of the consortium that somebody means by IRI, path or name.

    Raises :class:`~mieco.errors.NotFound` or :class:`~mieco.errors.BadParameter` for what is none.
    """
    iri = find_consortium(asked.engine, text, "of", seconds=asked.seconds)
    facts, sources = asked.facts(asked.rows("around-consortium", this=iri))
    parties = asked.related(
        {
            *(party for thing in facts.things for party in facts.iris(thing, "party")),
            *facts.iris(iri, "ledBy", "basedOnPark", "hasMember"),
        },
        *(RDF_TYPE, "locatedIn"),
    )
    return MemberList(
        iri=iri,
        members=members_of(facts, parties, iri),
        participants=participants_of(facts, parties, iri),
        sources=sources,
        labels=asked.labels(
            iris_in(facts, parties),
            ROLES_SAID.values(),
            *((source.iri, source.grade) for source in sources),
        ),
    )


def members_as_csv(found: MemberList, language: Language) -> str:
    """A row for each (RFC 4180), headed by names that do not change with the language."""
    heads = list(HEADS)
    return write_csv(heads, ([row[head] for head in heads] for row in found.rows(language)))


def members_sheet(found: MemberList, language: Language) -> Sheet:
    """The same as a sheet, headed by words."""
    rows = [[row[name] for name in HEADS] for row in found.rows(language)]
    heads = [head.in_(language) for head in HEADS.values()]
    name = Text("成员", "members").in_(language)
    return Sheet(name, heads, rows, widths=list(_WIDTHS.values()))


def about_members(
    found: MemberList, manifest: Manifest, address: str, language: Language
) -> list[tuple[Text, str]]:
    """What the sheet is; ``address`` is where the same list is found again."""
    return [
        (Text("联合体", "consortium"), found.name(found.iri)),
        (Text("IRI", "IRI"), found.iri),
        (Text("注意", "mind"), _CAVEAT.in_(language)),
        (Text("数据发布", "release"), f"{manifest.number} ({moment(manifest.created)})"),
        (Text("网址", "address"), address),
        (Text("许可", "licence"), "CC BY 4.0"),
    ]


def members_as_json(found: MemberList, language: Language, release: Release) -> dict[str, Any]:
    """The same for programs, roles and sources as IRIs beside their names."""

    def told(groups: Sequence[MemberGroup]) -> list[dict[str, Any]]:
        return [
            {
                **_named(found, member.iri),
                "kind": group.kind,
                "class": member.kind or None,
                "roles": [_named(found, role) for role in member.role_names],
                "written": [fact.text for fact in member.written],
                "place": _named(found, member.place.text) if member.place else None,
                "statements": list(member.statements),
                "sources": [_named(found, source) for source in member.sources],
            }
            for group in groups
            for member in group.members
        ]

    return {
        "consortium": _named(found, found.iri),
        "language": language,
        "release": release.as_json(),
        "members": told(found.members),
        "participants": told(found.participants),
    }


def _named(found: MemberList, iri: str) -> dict[str, str]:
    return {"iri": iri, "label": found.name(iri)}
