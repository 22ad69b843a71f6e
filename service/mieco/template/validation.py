"""The drop-down lists and checks that Excel itself makes while a cell is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from mieco.errors import Text
from mieco.intake.headings import CHOICES_SHEET, bilingual
from mieco.template.cells import write_text
from mieco.template.plan import YES_NO, Field, Sheet

_LAST_ROW = 10_000
_CREDIT_CODE = "credit_code"
_CREDIT_CODE_LENGTH = "18"
# Excel cuts nothing: a longer one makes it call the whole file damaged.
_LONGEST_MESSAGE, _LONGEST_TITLE = 255, 32
_Number = Literal["whole", "decimal"]
_Operator = Literal["greaterThanOrEqual", "greaterThan", "lessThanOrEqual", "lessThan"]
_OPERATORS: dict[str, _Operator] = {
    ">=": "greaterThanOrEqual",
    ">": "greaterThan",
    "<=": "lessThanOrEqual",
    "<": "lessThan",
}
_LEAST = "-999999999999999"

_NOT_LISTED = Text(
    "请从下拉列表中选取，或填其中的中文或英文。",
    "Choose from the list, or write its Chinese or English word.",
)
_SEVERAL = Text(
    "可填几个，用“；”隔开。所填与列表中的某一项不完全相同，如填的是几个，请按“确定”。",
    "Several are possible, with ； between. This is not one item of the list; if it is several,"
    " choose OK.",
)
_NO_NAME = Text(
    "相应的表中没有这个名称。如填的是编号、代码或已发布的名称，请继续。",
    "The sheet referred to has no such name. Go on if it is a number, a code or a published name.",
)
_NO_DATE = Text(
    "日期请写作 2023、2023-05 或 2023-05-17。", "Write dates as 2023, 2023-05 or 2023-05-17."
)
_NO_NUMBER = Text("这里只能填数字：", "A number only: ")
_NO_CODE = Text("统一社会信用代码应为18位。", "A unified social credit code has 18 characters.")


class Choices:
    """The words to choose from, each list in a column of a hidden sheet.

    Excel takes no list of more than 255 characters from anywhere else.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._columns: dict[tuple[Text, ...], str] = {}
        self._sheets = {sheet.table.name: sheet for sheet in sheets}
        for field in (field for sheet in sheets for field in sheet.fields if field.choices):
            letter = get_column_letter(len(self._columns) + 1)
            self._columns.setdefault(field.choices, letter)

    def write(self, page: Worksheet) -> None:
        for choices, letter in self._columns.items():
            for row, text in enumerate(map(entry, choices), 1):
                write_text(page[f"{letter}{row}"], text, wrap=False)
        page.sheet_state = "hidden"

    def formula(self, field: Field) -> str:
        """What a drop-down list refers to."""
        if field.choices:
            letter = self._columns[field.choices]
            return f"{quote_sheetname(CHOICES_SHEET)}!${letter}$1:${letter}${len(field.choices)}"
        table, name = field.names or ("", "")
        sheet = self._sheets[table]
        place = [other.name for other in sheet.fields].index(name) + 1
        letter, page = get_column_letter(place), quote_sheetname(sheet.title)
        first, cells = f"{page}!${letter}$2", f"{page}!${letter}$2:${letter}${_LAST_ROW}"
        return f"OFFSET({first},0,0,MAX(1,COUNTA({cells})),1)"


def entry(choice: Text) -> str:
    """A word as it stands in a drop-down list."""
    return choice.zh if choice in YES_NO else bilingual(choice).strip()


def add_validation(page: Worksheet, column: int, field: Field, choices: Choices) -> None:
    """Lets Excel offer what may be chosen, and speak up for what cannot be right."""
    letter = get_column_letter(column)
    if field.choices or field.names:
        rule = DataValidation("list", choices.formula(field))
        one = _NOT_LISTED if field.choices else _NO_NAME
        _speak(rule, field, _SEVERAL if field.several else one)
        rule.errorStyle = "information" if field.several else "warning"
    elif field.form == "date":
        rule = DataValidation("custom", f"ISNUMBER(VALUE(LEFT({letter}2,4)))")
        _speak(rule, field, _NO_DATE)
        rule.errorStyle = "warning"
    elif field.form in ("integer", "decimal"):
        rule = _number_rule(field)
        _speak(rule, field, Text(_NO_NUMBER.zh + field.note.zh, _NO_NUMBER.en + field.note.en))
    elif field.name == _CREDIT_CODE:
        rule = DataValidation("textLength", _CREDIT_CODE_LENGTH, operator="equal")
        _speak(rule, field, _NO_CODE)
        rule.errorStyle = "warning"
    else:
        return
    rule.add(f"{letter}2:{letter}{_LAST_ROW}")
    page.add_data_validation(rule)


def _number_rule(field: Field) -> DataValidation:
    kind: _Number = "whole" if field.form == "integer" else "decimal"
    limits = dict(field.limits)
    if ">=" in limits and "<=" in limits:
        return DataValidation(kind, limits[">="], limits["<="], operator="between")
    for sign, limit in limits.items():
        return DataValidation(kind, limit, operator=_OPERATORS[sign])
    return DataValidation(kind, _LEAST, operator="greaterThanOrEqual")


def _speak(rule: DataValidation, field: Field, said: Text) -> None:
    rule.errorTitle = bilingual(field.heading)[:_LONGEST_TITLE]
    rule.error = f"{said.zh}\n{said.en}"[:_LONGEST_MESSAGE]
    rule.allow_blank = True
    rule.showErrorMessage = True
