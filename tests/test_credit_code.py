"""Unified social credit codes: right ones are normalised, wrong ones explained."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from mieco.intake.credit_code import verified
from mieco.intake.values import Unfit

DIGITS = "0123456789"
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Of a body that does not exist: there is no region 999999.
FICTITIOUS = "12999999ABCDEFGHJ"


def with_check(body: str) -> str:
    return body + uscc.calc_check_digit(body)


CODES = st.builds(
    lambda kind, region, body: with_check(kind + region + body),
    st.text(CHARACTERS, min_size=2, max_size=2),
    st.text(DIGITS, min_size=6, max_size=6),
    st.text(CHARACTERS, min_size=9, max_size=9),
)


def reason(text: str) -> str:
    with pytest.raises(Unfit) as refused:
        verified(text)
    assert refused.value.reason.zh
    return refused.value.reason.en


@given(CODES)
def test_a_right_code_is_taken_as_it_is(code: str) -> None:
    assert verified(code) == code


@given(CODES)
def test_spelling_does_not_matter(code: str) -> None:
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    assert verified(full_width) == code
    assert verified(f"  {code[:8].lower()}-{code[8:17].lower()} {code[17]}\n") == code
    assert verified(f"{code[:8]}\u3000{code[8:]}") == code


@given(CODES, st.integers(0, 17), st.sampled_from(CHARACTERS))
def test_any_one_wrong_character_is_noticed(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    reason(code[:place] + other + code[place + 1 :])


@given(CODES, st.integers(0, 17), st.integers(0, 17))
def test_any_two_characters_that_changed_places_are_noticed(code: str, i: int, j: int) -> None:
    # The first and the last alone weigh the same.
    assume(code[i] != code[j] and {i, j} != {0, 17})
    swapped = list(code)
    swapped[i], swapped[j] = code[j], code[i]
    reason("".join(swapped))


@given(st.text(CHARACTERS + "iosvzIOSVZ -—　中", max_size=20))
def test_whatever_is_written_is_taken_or_explained(text: str) -> None:
    try:
        code = verified(text)
    except Unfit as unfit:
        said = unfit.reason
    else:
        assert verified(code) == code
        return
    assert said.zh
    assert said.en


@pytest.mark.parametrize("first", "ANY")
def test_letters_may_stand_for_who_registered(first: str) -> None:
    code = with_check(first + FICTITIOUS[1:])
    assert verified(code) == code


@pytest.mark.parametrize(("text", "count"), [("", 0), (FICTITIOUS, 17), (FICTITIOUS + "00", 19)])
def test_a_wrong_length_is_counted(text: str, count: int) -> None:
    assert f"but has {count}" in reason(text)


@pytest.mark.parametrize("letter", "IOSVZ")
def test_a_letter_that_never_occurs_is_named_with_its_place(letter: str) -> None:
    assert f"has '{letter}' at place 10" in reason(f"{FICTITIOUS[:9]}{letter}{FICTITIOUS[10:]}0")


def test_a_letter_in_the_region_is_named_with_its_place() -> None:
    assert "at place 4" in reason(f"{FICTITIOUS[:3]}A{FICTITIOUS[4:]}0")


def test_a_wrong_checksum_is_told_without_proposing_a_character() -> None:
    right = with_check(FICTITIOUS)
    wrong = FICTITIOUS + ("0" if right[-1] != "0" else "1")
    said = reason(wrong)
    assert said == reason(FICTITIOUS[:-1] + "K" + right[-1])
    assert "checksum" in said
