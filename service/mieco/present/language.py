"""Which language a reader gets."""

from __future__ import annotations

from typing import get_args

from mieco.errors import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)


def as_language(text: str | None) -> Language | None:
    """``zh`` or ``en`` for a tag such as ``zh-CN`` or ``EN``; ``None`` for any other."""
    primary = (text or "").strip().lower().split("-")[0]
    return next((language for language in LANGUAGES if language == primary), None)
