"""Unified social credit codes of organisations (GB 32100-2015), verified."""

from __future__ import annotations

import unicodedata

from stdnum.cn import uscc

from mieco.errors import Text
from mieco.intake.values import Unfit

_LENGTH = 18
_DIGITS = "0123456789"
_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Places 3 to 8 hold the region of the office that registered the organisation.
_REGION = range(3, 9)
_SEPARATORS = str.maketrans("", "", "-‐‑‒–—―−")


def verified(text: str) -> str:
    """The code in its normal form: 18 digits and capital letters.

    Full-width and lower-case characters, spaces and hyphens are forgiven.  The check
    character, by ISO 7064 over 31 values, gives away every wrong character and every two
    neighbours that changed places.

    Raises :class:`~mieco.intake.values.Unfit` for a wrong length, a character that cannot
    stand where it stands, and a wrong check character.
    """
    code = _normalised(text)
    if len(code) != _LENGTH:
        raise Unfit(
            Text(
                f"应为 {_LENGTH} 位统一社会信用代码，现有 {len(code)} 位",
                f"must have the {_LENGTH} characters of a unified social credit code, "
                f"but has {len(code)}",
            )
        )
    for place, character in enumerate(code, start=1):
        _check_character(place, character)
    # Not uscc.validate(): it takes digits alone in the first two places, where the standard
    # has letters too (A the army, N rural collectives, Y others).
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        # The right check character would be no proposal: the slip may be anywhere.
        raise Unfit(
            Text(
                "不符合统一社会信用代码的校验规则，至少有一位写错，请对照证书核对",
                "fails the checksum of unified social credit codes: at least one character "
                "is wrong; compare it with the certificate",
            )
        )
    return code


def _normalised(text: str) -> str:
    compact = unicodedata.normalize("NFKC", text).translate(_SEPARATORS)
    return "".join(compact.split()).upper()


def _check_character(place: int, character: str) -> None:
    if character not in _CHARACTERS:
        raise Unfit(
            Text(
                f"的第 {place} 位是“{character}”，统一社会信用代码只用数字和大写字母，"
                "且不用 I、O、S、V、Z",
                f"has '{character}' at place {place}: a unified social credit code has digits "
                "and capital letters only, and never I, O, S, V, Z",
            )
        )
    if place in _REGION and character not in _DIGITS:
        raise Unfit(
            Text(
                f"的第 {place} 位是“{character}”，统一社会信用代码第 3 至 8 位是行政区划代码，"
                "只能是数字",
                f"has '{character}' at place {place}: places 3 to 8 of a unified social credit "
                "code are a region code and hold digits only",
            )
        )
