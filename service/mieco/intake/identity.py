"""Which organisation a row means: one that is published, or a new one.

By the decision in the row, else by credit code, else by exact name, former names among them.
A name that is only nearly the same is offered to the person who filled in the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mieco.errors import SILENCE, Text
from mieco.findings import Finding, Findings, Origin, Severity
from mieco.intake.collect import Collected
from mieco.intake.credit_code import verified
from mieco.intake.name_parts import same_name_key
from mieco.intake.near_names import NearNames
from mieco.intake.registers import Named, Published
from mieco.intake.specification import Part, expand
from mieco.intake.values import Unfit
from mieco.progress import Progress

_REGISTER = "organisations"
_NEW = ("new", "新", "新单位", "新增")


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of its organisation."""

    sheet: Collected
    number: int
    key: str
    name: str
    others: Sequence[str]
    code: str
    decision: str

    def origin(self, column: str) -> Origin:
        place = self.sheet.place
        return Origin(place.file, place.sheet, self.number, self.sheet.headings.get(column, ""))


@dataclass(frozen=True, slots=True)
class Identified:
    """The organisation of a row, under its key, with the names that cells call it by."""

    key: str
    named: Named
    others: Sequence[str]


class Identifier:
    """Finds the organisation that each row means."""

    def __init__(
        self,
        published: Published,
        former_names: Mapping[str, Sequence[str]],
        findings: Findings,
    ) -> None:
        self._published, self._former, self._findings = published, former_names, findings
        self._seen: dict[str, _Row] = {}

    def identify(
        self, sheet: Collected, part: Part, owner: str, progress: Progress
    ) -> Iterator[Identified]:
        """The organisation of every row of a sheet."""
        fresh: list[_Row] = []
        for number, cells in sheet.rows.rows():
            progress.step()
            row = self._row(sheet, number, cells)
            published = self._match(row)
            iri = (
                published.iri if published else expand(part.about.format(key=row.key, owner=owner))
            )
            if published is None and row.name:
                fresh.append(row)
            self._once(row, iri)
            named = Named(iri, row.name, cells.get("name_en", ""))
            yield Identified(row.key, named, (*row.others, row.code))
        self._offer(fresh)

    def _row(self, sheet: Collected, number: int, cells: Mapping[str, str]) -> _Row:
        name = cells.get("name_zh", "")
        try:
            code = verified(cells["credit_code"]) if "credit_code" in cells else ""
        except Unfit:
            code = ""  # reported where the cell is read
        key = cells["key"]
        others = (*self._former.get(same_name_key(name), ()), *self._former.get(key, ()))
        return _Row(sheet, number, key, name, others, code, cells.get("same_as", ""))

    def _match(self, row: _Row) -> Named | None:
        if row.decision:
            return None if row.decision.lower() in _NEW else self._decided(row)
        coded = self._published.codes.get(row.code, ()) if row.code else ()
        if len(coded) > 1:
            listed = "、".join(f"{named.zh}（{_key(named.iri)}）" for named in coded)
            self._say(
                row,
                "credit_code",
                "organisation-ambiguous",
                Text(
                    f"已发布的单位中，用这个代码的不止一个：{listed}。",
                    f"Several published organisations have this code: {listed}. ",
                ),
            )
            return None
        by_code = coded[0] if coded else None
        names = self._published.names.get(_REGISTER, {})
        found = {
            named.iri: named
            for name in (row.name, *row.others)
            for named in names.get(same_name_key(name), ())
        }
        if by_code:
            self._check_name(row, by_code, found)
            return by_code
        if len(found) > 1:
            listed = "、".join(sorted(iri.rpartition("/")[2] for iri in found))
            self._say(
                row,
                "name_zh",
                "organisation-ambiguous",
                Text(
                    f"已发布的同名单位不止一个（{listed}）。",
                    f"Several published organisations have this name ({listed}). ",
                ),
            )
            return None
        return next(iter(found.values()), None)

    def _check_name(self, row: _Row, coded: Named, by_name: Mapping[str, Named]) -> None:
        """Reports a name that is not that of the organisation whose code stands beside it."""
        others = [named for iri, named in by_name.items() if iri != coded.iri]
        known = {name: coded.iri for name in (coded.zh, coded.en) if name}
        if not others and (coded.iri in by_name or NearNames(known).near(row.name)):
            return
        more = SILENCE
        if others:
            more = Text(
                f"，而同名的是另一个已发布的单位（{_key(others[0].iri)}）",
                f", but the name is that of another published organisation ({_key(others[0].iri)})",
            )
        self._say(
            row,
            "credit_code",
            "organisation-ambiguous",
            Text(
                f"这个代码属于已发布的“{coded.zh}”（{_key(coded.iri)}）{more.zh}。",
                f"The code is that of the published '{coded.zh}' ({_key(coded.iri)}){more.en}. ",
            ),
        )

    def _decided(self, row: _Row) -> Named | None:
        found = self._published.find(_REGISTER, row.decision)
        if len(found) == 1:
            return found[0]
        self._findings.add(
            Finding(
                "violation",
                "reference-unknown",
                Text(
                    f"“{row.decision}”不是一个已发布的单位。",
                    f"'{row.decision}' is not one published organisation. ",
                ),
                row.origin("same_as"),
                Text(
                    "请填它的代码、统一社会信用代码或全名；确是新单位就填“新单位”。",
                    "Give its key, credit code or full name, or 'new' for a new one.",
                ),
            )
        )
        return None

    def _once(self, row: _Row, iri: str) -> None:
        """Reports a row of the same organisation as an earlier one."""
        for word in filter(None, (iri, row.code, same_name_key(row.name) if row.name else "")):
            before = self._seen.setdefault(word, row)
            if before is not row:
                self._findings.add(
                    Finding(
                        "violation",
                        "organisation-twice",
                        Text(
                            f"与第 {before.number} 行是同一个单位。",
                            f"This is the same organisation as in row {before.number}. ",
                        ),
                        row.origin("credit_code" if word == row.code else "name_zh"),
                        Text(
                            "请合为一行；几个角色用分号隔开。",
                            "Make them one row; separate several roles by semicolons.",
                        ),
                    )
                )
                return

    def _offer(self, fresh: Sequence[_Row]) -> None:
        """Offers the published organisations that are nearly called like a new one."""
        known = {
            named.zh: named.iri
            for some in self._published.names.get(_REGISTER, {}).values()
            for named in some
            if named.zh
        }
        if not known or not fresh:
            return
        near_names = NearNames(known)
        for row in fresh:
            near = () if row.decision else near_names.near(row.name)
            if near:
                listed = "、".join(f"{n.name}（{n.iri.rpartition('/')[2]}）" for n in near)
                english = ", ".join(f"{n.name} ({n.iri.rpartition('/')[2]})" for n in near)
                self._say(
                    row,
                    "name_zh",
                    "near-name",
                    Text(
                        f"作为新单位登记；已发布的相近名称：{listed}。",
                        f"Taken for a new organisation; published names like it: {english}. ",
                    ),
                    "warning",
                )

    def _say(
        self, row: _Row, column: str, code: str, message: Text, severity: Severity = "violation"
    ) -> None:
        self._findings.add(
            Finding(
                severity,
                code,
                message,
                row.origin(column),
                Text(
                    "若是同一单位，请在“对应已有单位”列填括号里的代码；若不是，填“新单位”。",
                    "If it is the same, put the key in brackets in the column 'same as published';"
                    " if it is not, put 'new' there.",
                ),
            )
        )


def _key(iri: str) -> str:
    return iri.rpartition("/")[2]


def former_names(sheet: Collected | None) -> Mapping[str, Sequence[str]]:
    """The former names of organisations, by what the cells call these."""
    found: dict[str, list[str]] = defaultdict(list)
    if sheet:
        for _, cells in sheet.rows.rows():
            organisation, name = cells.get("organisation", ""), cells.get("name_zh", "")
            if organisation and name:
                found[same_name_key(organisation)].append(name)
                found[organisation.lower()].append(name)
    return found
