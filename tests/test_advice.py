"""The messages of shapes: what is wrong, apart from what to do."""

from __future__ import annotations

from collections import defaultdict

import pytest
from rdflib import Graph, Literal
from rdflib.namespace import SH

from mieco import content
from mieco.check.validator import fault_and_advice
from mieco.errors import SILENCE, Text


def messages() -> list[Text]:
    found = []
    for path in sorted(content.folder("shapes").glob("*.ttl")):
        said: dict[object, dict[str, str]] = defaultdict(dict)
        for shape, message in Graph().parse(path).subject_objects(SH.message):
            assert isinstance(message, Literal)
            said[shape][message.language or ""] = str(message)
        found += [Text(each["zh"], each["en"]) for each in said.values()]
    return found


def test_every_shape_says_what_is_wrong_and_what_to_do() -> None:
    every = messages()
    assert every
    for said in every:
        fault, advice = fault_and_advice(said)
        assert all((fault.zh, fault.en, advice.zh, advice.en)), said
        assert fault.zh + advice.zh == said.zh
        assert f"{fault.en} {advice.en}" == said.en


@pytest.mark.parametrize(
    ("zh", "en", "fault", "advice"),
    [
        ("甲。乙。丙。", "A is. B is. Do C.", "A is. B is.", "Do C."),
        ("面积是3.5。请改。", "It is 3.5 m. Mend it.", "It is 3.5 m.", "Mend it."),
        (
            "不对。照第5号改。",
            "Wrong, e.g. A. See No. 5 there.",
            "Wrong, e.g. A.",
            "See No. 5 there.",
        ),
    ],
)
def test_the_last_sentence_is_the_advice(zh: str, en: str, fault: str, advice: str) -> None:
    told, todo = fault_and_advice(Text(zh, en))
    assert (told.en, todo.en) == (fault, advice)
    assert told.zh + todo.zh == zh


@pytest.mark.parametrize(
    ("zh", "en"),
    [("甲。乙。", "One only."), ("只有一句。", "One. Two."), ("一句。", "One."), ("", "")],
)
def test_what_is_not_split_alike_stays_whole(zh: str, en: str) -> None:
    assert fault_and_advice(Text(zh, en)) == (Text(zh, en), SILENCE)
