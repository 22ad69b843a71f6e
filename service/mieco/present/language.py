"""Which language a reader gets."""

from __future__ import annotations

from typing import get_args

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from mieco.errors import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)


def as_language(text: str | None) -> Language | None:
    """``zh`` or ``en`` for a tag such as ``zh-CN`` or ``EN``; ``None`` for any other."""
    primary = (text or "").strip().lower().split("-")[0]
    return next((language for language in LANGUAGES if language == primary), None)


def choose_language(asked: str | None, remembered: str | None, accept: str | None) -> Language:
    """The language asked for in the URL, else remembered, else of Accept-Language, else zh."""
    if language := as_language(asked) or as_language(remembered):
        return language
    for tag, quality in parse_accept_header(accept, LanguageAccept):
        if quality and (language := as_language(tag)):
            return language
    return "zh"
