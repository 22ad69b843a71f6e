"""The rows of a table of links, each read by itself: a link, or findings at its cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mieco.errors import SILENCE, Text
from mieco.findings import Finding, Findings, Origin, Severity
from mieco.intake.collect import Collected
from mieco.intake.link_subjects import LinkSubjects
from mieco.intake.link_targets import host_of, target_of
from mieco.intake.sssom import JUSTIFICATIONS, Metadata
from mieco.intake.values import Unfit, date
from mieco.terms import BASE, LINK_PREDICATES, PREFIXES

_SEMAPV = PREFIXES["semapv"]
_LOCAL_NAMES = {iri.rpartition("#")[2].lower(): iri for iri in LINK_PREDICATES}
_SEVERAL = "|"  # SSSOM/TSV separates the values of a slot that may have several by it


@dataclass(frozen=True, slots=True)
class Link:
    """A link and what is told of it: IRIs, names, and why it is held to be right."""

    subject: str
    predicate: str
    object: str
    justification: str
    subject_label: str = ""
    object_label: str = ""
    confidence: str = ""
    author: str = ""
    date: str = ""
    see_also: tuple[str, ...] = ()
    comment: str = ""


class LinkRows:
    """Reads rows against what is published, and reports what cannot be read of them."""

    def __init__(
        self, sheet: Collected, metadata: Metadata, subjects: LinkSubjects, findings: Findings
    ) -> None:
        self._sheet, self._metadata = sheet, metadata
        self._subjects, self._findings = subjects, findings

    def read(self, number: int, cells: Mapping[str, str]) -> Link | None:
        """The link of a row; ``None`` for a row that does not tell one, which is reported."""
        row = _Row(number, cells, self._sheet, self._findings)
        subject, predicate = self._subject(row), self._predicate(row)
        other, justification = self._object(row), self._justification(row)
        if not (subject and predicate and other and justification):
            return None
        self._check_label(row, subject)
        return Link(
            subject=subject,
            predicate=predicate,
            object=other,
            justification=justification,
            subject_label=row.text("subject_label"),
            object_label=row.text("object_label"),
            confidence=_confidence(row),
            author=row.text("author_label"),
            date=_date(row, self._metadata.one("mapping_date")),
            see_also=self._see_also(row),
            comment=row.text("comment"),
        )

    def _subject(self, row: _Row) -> str | None:
        text = row.required("subject_id")
        iri = text and self._expanded(row, "subject_id", text)
        if not iri:
            return None
        try:
            return self._subjects.find(iri)
        except Unfit as error:
            row.say("reference-unknown", "subject_id", _about(text, error.reason))
            return None

    def _predicate(self, row: _Row) -> str | None:
        text = row.required("predicate_id")
        if row.text("predicate_modifier"):
            row.say(
                "link-negated",
                "predicate_modifier",
                Text("否定的关系不收。", "Links that are denied are not taken."),
            )
            return None
        if not text:
            return None
        iri = _LOCAL_NAMES.get(text.lower()) or self._metadata.expanded(text)
        if iri in LINK_PREDICATES:
            return iri
        offered = ", ".join(
            f"{'owl' if iri.startswith(PREFIXES['owl']) else 'skos'}:{iri.rpartition('#')[2]}"
            for iri in LINK_PREDICATES
        )
        row.say(
            "predicate-unknown",
            "predicate_id",
            Text(f"“{text}”不是可用的关系。", f"'{text}' is no relation that can be used. "),
            Text(f"可用的有：{offered}。", f"There are {offered}."),
        )
        return None

    def _object(self, row: _Row) -> str | None:
        text = row.required("object_id")
        iri = text and self._expanded(row, "object_id", text)
        if not iri:
            return None
        if iri.startswith(BASE):
            row.say(
                "object-own",
                "object_id",
                Text(
                    "客体是本数据集自己的事物，不是别处的。",
                    "The object is a thing of this dataset, not of another.",
                ),
            )
            return None
        if not host_of(iri):
            row.say(
                "object-iri",
                "object_id",
                Text(f"“{text}”不是完整的网址。", f"'{text}' is no absolute web address. "),
                Text(
                    "请填客体的 IRI，如 https://sws.geonames.org/1795563/。",
                    "Give the IRI of the object, such as https://sws.geonames.org/1795563/.",
                ),
            )
            return None
        target = target_of(iri)
        if target and target.identifier(iri) is None:
            meant = target.meant(iri) or target.iri.format("…")
            row.say(
                "object-iri",
                "object_id",
                Text(
                    f"“{text}”不是{target.name.zh}的 IRI。",
                    f"'{text}' is no IRI of {target.name.en}. ",
                ),
                Text(f"应为 {meant}。", f"It should be {meant}."),
            )
            return None
        return iri

    def _justification(self, row: _Row) -> str | None:
        text = row.text("mapping_justification")
        if not text and row.text("see_also"):
            return _SEMAPV + "UnspecifiedMatching"  # SSSOM: the way is not told
        if not text:
            row.say(
                "justification-missing",
                "mapping_justification",
                Text(
                    "没有写明为什么对应。",
                    "It does not say why the two are linked. ",
                ),
                Text(
                    "请填理由（如 semapv:ManualMappingCuration，人工核对），或填出处。",
                    "Give a justification (such as semapv:ManualMappingCuration) or a source.",
                ),
            )
            return None
        name = (self._metadata.expanded(text) or text).removeprefix(_SEMAPV)
        if name in JUSTIFICATIONS:
            return _SEMAPV + name
        row.say(
            "justification-unknown",
            "mapping_justification",
            Text(f"“{text}”不是 SSSOM 的理由。", f"'{text}' is no justification of SSSOM. "),
            Text(
                f"可用的有：{'、'.join(JUSTIFICATIONS)}。",
                f"There are {', '.join(JUSTIFICATIONS)}.",
            ),
        )
        return None

    def _expanded(self, row: _Row, column: str, text: str) -> str | None:
        iri = self._metadata.expanded(text)
        if iri is None:
            prefix = text.partition(":")[0]
            row.say(
                "prefix-unknown",
                column,
                Text(f"没有声明前缀“{prefix}”。", f"The prefix '{prefix}' is not declared. "),
                Text(
                    "请在 curie_map 中声明，或写出完整的 IRI。",
                    "Declare it in the curie_map, or write the whole IRI.",
                ),
            )
        return iri

    def _see_also(self, row: _Row) -> tuple[str, ...]:
        addresses = [text.strip() for text in row.text("see_also").split(_SEVERAL) if text.strip()]
        for text in addresses:
            if not host_of(text):
                row.say(
                    "address",
                    "see_also",
                    Text(f"“{text}”不是网址。", f"'{text}' is no web address. "),
                    Text("不是网址的出处请写在说明里。", "Put another source in the comment."),
                )
        return tuple(text for text in addresses if host_of(text))

    def _check_label(self, row: _Row, subject: str) -> None:
        label = row.text("subject_label")
        names = self._subjects.names(subject) if label else ()
        if names and label not in names:
            row.say(
                "label-differs",
                "subject_label",
                Text(
                    f"主体的名称是“{names[0]}”，不是“{label}”。",
                    f"The subject is called '{names[0]}', not '{label}'. ",
                ),
                Text("请核对是不是它。", "See that it is the one you mean."),
                "warning",
            )


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: Mapping[str, str]
    sheet: Collected
    findings: Findings

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def required(self, column: str) -> str:
        """The cell; an empty one is reported, unless its column is missing, which is told once."""
        text = self.text(column)
        if not text and column in self.sheet.headings:
            self.say("cell-required", column, Text("必填的格为空。", "The cell must not be empty."))
        return text

    def say(
        self,
        code: str,
        column: str,
        message: Text,
        hint: Text = SILENCE,
        severity: Severity = "violation",
    ) -> None:
        place = self.sheet.place
        heading = self.sheet.headings.get(column, "")
        origin = Origin(place.file, place.sheet, self.number, heading)
        self.findings.add(Finding(severity, code, message, origin, hint))


def _about(text: str, reason: Text) -> Text:
    return Text(f"“{text}”{reason.zh}。", f"'{text}' {reason.en}.")


def _confidence(row: _Row) -> str:
    text = row.text("confidence")
    if not text:
        return ""
    try:
        if 0 <= Decimal(text) <= 1:
            return text
    except InvalidOperation:
        pass
    row.say(
        "cell-decimal",
        "confidence",
        Text(f"“{text}”不是 0 到 1 之间的数。", f"'{text}' is no number from 0 to 1."),
    )
    return ""


def _date(row: _Row, default: str) -> str:
    text = row.text("mapping_date") or default
    if not text:
        return ""
    try:
        found, kind = date(text)
    except Unfit as error:
        row.say("cell-date", "mapping_date", _about(text, error.reason))
        return ""
    return found if kind == "date" else ""
