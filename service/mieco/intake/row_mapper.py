"""The rows of a table or sheet to triples, after its specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from mieco.errors import Language, Text
from mieco.findings import Finding, Findings, Origin
from mieco.intake import credit_code, values
from mieco.intake.batch import Origins
from mieco.intake.differences import Differences
from mieco.intake.places import Places
from mieco.intake.registers import Named, Published, Registers, Value
from mieco.intake.specification import Column, Table, expand
from mieco.intake.values import Unfit
from mieco.intake.vocabulary import Vocabulary, choose
from mieco.terms import MIECO, RDF_TYPE, RDFS_LABEL, XSD

_RECORD = NamedNode(MIECO + "Record")
_DESCRIBES = MIECO + "describes"
_TYPE, _LABEL = NamedNode(RDF_TYPE), NamedNode(RDFS_LABEL)
_OTHER_LABEL = NamedNode(expand("skos:altLabel"))
_SEPARATORS = re.compile(r"[;；]")
# No choice has one of these in it.
_CHOICE_SEPARATORS = re.compile(r"[;；、，,]")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/-]*")

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Blanks:
    """What empty cells stand for: the consortium that a workbook is about, and its source."""

    consortium: Named | None = None
    workbook: Named | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rows are read against.

    ``things`` maps what follows ``id/`` in the IRI of a row that has a name to it; ``owner`` is
    the key of the consortium that a workbook is about.
    """

    registers: Registers
    vocabulary: Vocabulary
    published: Published
    places: Places
    things: Mapping[str, Named]
    owner: str
    blanks: Blanks


@dataclass(frozen=True, slots=True)
class Journal:
    """What is noted on the way: what is wrong, and where everything came from."""

    findings: Findings
    origins: Origins


class RowMapper:
    """Maps the rows of one table; what does not fit becomes findings, at its cell."""

    def __init__(
        self,
        table: Table,
        place: Origin,
        headings: Mapping[str, str],
        around: Surroundings,
        journal: Journal,
    ) -> None:
        self._table, self._around, self._place, self._headings = table, around, place, headings
        self._findings, self._origins = journal.findings, journal.origins
        self._differences = Differences(around.published, around.vocabulary, journal.findings)
        self._readers = {
            name: self._reader(column)
            for name, column in table.columns.items()
            if column.property and column.kind != "decision"
        }
        self._predicates = {
            name: NamedNode(column.property)
            for name, column in table.columns.items()
            if column.property
        }
        self._kinds = {
            part: self._origins.place(place.file, place.sheet, self._columns_of(part))
            for part in ("", "record", *table.parts)
        }

    def _columns_of(self, part: str) -> Mapping[str, str]:
        """The heading of each property; of several columns with one property, the first."""
        return {
            column.property: self._headings[column.cell or name]
            for name, column in reversed(list(self._table.columns.items()))
            if (column.on if part == "record" else column.part) == part
            and (column.cell or name) in self._headings
        }

    def map(self, number: int, cells: Cells) -> Iterator[Triple]:
        """The triples of one row."""
        table, key = self._table, cells["key"]
        things = self._things(key)
        for part, named in things.items():
            self._origins.add(named.iri, self._kinds[part], number)
        thing = NamedNode(things[""].iri)
        if table.class_:
            yield Triple(thing, _TYPE, NamedNode(table.class_))
        for part, described in table.parts.items():
            yield Triple(thing, NamedNode(described.property), NamedNode(things[part].iri))
        if table.record:
            yield from self._record(things["record"], thing, number, key)
        read = {name: self._read(name, cells, number) for name in self._readers}
        for name, found in read.items():
            for subject in self._subjects(table.columns[name], things, read):
                for value in found:
                    origin = self._origin(number, name)
                    if self._differences.keeps(subject, table.columns[name], value, origin):
                        yield self._said(subject, name, value, origin)
        yield from self._labels(thing, cells, read)

    def _said(self, subject: Named, name: str, value: Value, origin: Origin) -> Triple:
        """What a cell says of a thing."""
        predicate, node = self._predicates[name], NamedNode(subject.iri)
        if isinstance(value, Literal):
            if predicate == _LABEL and self._differences.is_other_name(subject, value, origin):
                predicate = _OTHER_LABEL
            return Triple(node, predicate, value)
        if self._table.columns[name].inverse:
            self._origins.add_cell(value.iri, predicate.value, origin)
            return Triple(NamedNode(value.iri), predicate, node)
        return Triple(node, predicate, NamedNode(value.iri))

    def _things(self, key: str) -> dict[str, Named]:
        """The row's own thing under "", its parts and its record under their names."""
        table, owner = self._table, self._around.owner
        things = {"": Named(expand(table.about.format(key=key, owner=owner)))}
        for part, described in table.parts.items():
            named = self._around.registers.of_row(described.register, key)
            things[part] = named or Named(expand(described.about.format(key=key, owner=owner)))
        if table.record:
            name = f"{owner}--{table.name}--{key}" if owner else f"{table.name}-{key}"
            things["record"] = Named(expand(f"id/record/{name}"))
        return things

    def _record(self, record: Named, thing: NamedNode, number: int, key: str) -> Iterator[Triple]:
        node, name = NamedNode(record.iri), self._table.name
        title = self._table.title or Text(name, name)
        if self._around.owner:  # the number of a row says nothing there: people sort and insert
            labels = Text(f"{title.zh}：{key}", f"{title.en}: {key}")
        else:
            labels = Text(f"{title.zh}表第 {number} 行", f"row {number} of {title.en}")
            yield Triple(node, NamedNode(MIECO + "rowNumber"), Literal(number))
        yield Triple(node, _TYPE, _RECORD)
        yield Triple(node, _LABEL, Literal(labels.zh, language="zh"))
        yield Triple(node, _LABEL, Literal(labels.en, language="en"))
        yield Triple(node, NamedNode(_DESCRIBES), thing)
        yield Triple(node, NamedNode(MIECO + "tableName"), Literal(name))

    def _subjects(
        self, column: Column, things: Mapping[str, Named], read: Mapping[str, Sequence[Value]]
    ) -> Sequence[Named]:
        """The things of which a column says something."""
        if column.on in ("", "record"):
            return [things[column.on or column.part]]
        return [value for value in read[column.on] if isinstance(value, Named)]

    def _read(self, name: str, cells: Cells, number: int) -> Sequence[Value]:
        """The values of a cell; what does not fit is reported and left out."""
        column = self._table.columns[name]
        text = cells.get(column.cell or name, "")
        if not text:
            return self._blank(column, name, number)
        separators = _CHOICE_SEPARATORS if column.schemes else _SEPARATORS
        parts = [part.strip() for part in separators.split(text)] if column.list else [text]
        found: list[Value] = []
        for part in parts:
            if part:
                try:
                    found.append(self._readers[name](part))
                except Unfit as unfit:
                    if not column.cell:  # else it was said of that cell
                        self._report(number, name, _code_of(column), unfit.reason, part)
                    if column.classes:  # some kind, so that nothing else is said to lack one
                        found.append(Named(MIECO + column.classes[0]))
        return found

    def _blank(self, column: Column, name: str, number: int) -> Sequence[Value]:
        blanks = self._around.blanks
        match column.blank:
            case "workbook":
                return [blanks.workbook] if blanks.workbook else []
            case "consortium" if blanks.consortium:
                return [blanks.consortium]
            case "consortium":
                reason = Text(
                    "没有写明属于哪个联合体", "it is not said to which consortium this belongs"
                )
                self._report(number, name, "cell-required", reason, "")
                return []
            case "":
                if column.required and not self._findings.is_unread(self._origin(number, name)):
                    reason = Text("不能为空", "must not be empty")
                    self._report(number, name, "cell-required", reason, "")
                return []
        return [self._readers[name](column.blank)]

    def _report(self, number: int, name: str, code: str, reason: Text, value: str) -> None:
        self._findings.unreadable(
            Finding(
                severity="violation",
                code=code,
                message=_about(value, reason),
                origin=self._origin(number, name),
                value=value,
            )
        )

    def _origin(self, number: int, name: str) -> Origin:
        heading = self._headings.get(self._table.columns[name].cell or name, "")
        return Origin(self._place.file, self._place.sheet, number, heading)

    def _reader(self, column: Column) -> Callable[[str], Value]:
        """How one value of a column is read.  What it gives raises Unfit."""
        around = self._around
        if column.table:
            return lambda text: around.registers.find(column.table, text)
        if column.thing:
            return lambda text: _thing(around.things, text)
        if column.classes or column.schemes:
            choices = around.vocabulary.choices(column.schemes, column.classes)
            return lambda text: choose(choices, text)
        if column.kind == "region":
            return around.places.find
        if column.values:
            return lambda text: Named(_one_of(column.values, text))
        if column.value:
            return lambda text: Named(expand(column.value.format(_code(text))))
        return lambda text: _literal(column, text)

    def _labels(
        self, thing: NamedNode, cells: Cells, read: Mapping[str, Sequence[Value]]
    ) -> Iterator[Triple]:
        """The labels that the table makes of other cells, in each language with all its parts."""
        for language, template in self._table.label.items():
            spoken: Language = "zh" if language == "zh" else "en"
            words = {
                name: _Said(column, read.get(name, ()), cells.get(column.cell or name, ""), spoken)
                for name, column in self._table.columns.items()
            }
            try:
                text = " ".join(template.format_map(words).split())
            except _NoName:
                continue
            yield Triple(thing, _LABEL, Literal(text, language=language))


def _about(value: str, reason: Text) -> Text:
    """A sentence of a reason that follows the value that it is about."""
    if value:
        return Text(_ended(f"“{value}”{reason.zh}", "。"), _ended(f"'{value}' {reason.en}", "."))
    english = reason.en[0].upper() + reason.en[1:]
    return Text(_ended(reason.zh, "。"), _ended(english, "."))


def _ended(sentence: str, stop: str) -> str:
    return sentence if sentence.endswith(("？", "?", stop)) else sentence + stop


class _NoName(Exception):
    """A thing has no name in the language that is asked for."""


class _Said:
    """A cell as a label mentions it: by the names of the things in it, else as it stands.

    ``{column[name_zh]}`` is the name in that language, whatever that of the label.
    """

    def __init__(
        self, column: Column, found: Sequence[Value], text: str, language: Language
    ) -> None:
        self._needed = bool(column.lang)
        self._named = [value for value in found if isinstance(value, Named)]
        # As it was read: digits may have been typed full-width.
        plain = [value.value for value in found if isinstance(value, Literal)]
        self._text, self._language = "、".join(plain) or text, language

    def __format__(self, _: str) -> str:
        if self._named:
            return self._names(self._language)
        if self._needed and not self._text:
            raise _NoName
        return self._text

    def __getitem__(self, name: str) -> str:
        return self._names("en" if name == "name_en" else "zh")

    def _names(self, language: Language) -> str:
        names = [named.in_(language) for named in self._named]
        if not all(names):
            raise _NoName
        return ("、" if language == "zh" else ", ").join(names)


def _thing(things: Mapping[str, Named], path: str) -> Named:
    if path not in things:
        raise Unfit(Text("不是表中有名称的一行", "is no row that has a name"))
    return things[path]


def _one_of(allowed: Mapping[str, str], text: str) -> str:
    if text not in allowed:
        words = ", ".join(allowed)
        raise Unfit(Text(f"只能是 {words} 之一", f"must be one of {words}"))
    return allowed[text]


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise Unfit(
            Text("应为 http:// 或 https:// 开头的网址", "must begin with http:// or https://")
        )
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise Unfit(Text("应为代码", "must be a code"))
    return text


def _literal(column: Column, text: str) -> Literal:
    if column.lang:
        return Literal(text, language=column.lang)
    match column.kind or column.datatype:
        case "address":
            return Literal(_address(text))
        case "credit-code":
            return Literal(credit_code.verified(text))
        case "integer":
            return _typed(values.integer(text), "integer")
        case "decimal":
            return _typed(values.decimal(text), "decimal")
        case "boolean":
            return _typed(values.boolean(text), "boolean")
        case "date":
            return _typed(*values.date(text))
    return Literal(text)


def _typed(lexical: str, datatype: str) -> Literal:
    return Literal(lexical, datatype=NamedNode(XSD + datatype))


def _code_of(column: Column) -> str:
    """The code of the rule that a cell of this column breaks."""
    if column.table or column.thing:
        return "reference-unknown"
    if column.classes or column.schemes or column.values or column.value:
        return "choice-unknown"
    if column.kind:
        return column.kind
    return f"cell-{column.datatype or 'text'}"
