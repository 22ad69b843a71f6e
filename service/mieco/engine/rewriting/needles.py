"""Texts that a literal is sure to have in it if it passes a test, to look for it by.

They are looked for in :class:`~mieco.engine.rewriting.label_texts.LabelTexts`, thus in literals as
they are written, with their quotation marks and escapes, and with case folded.  So of the text that
a test names only those pieces are taken that are written as they are and in which letters differ by
nothing but the case of ASCII:

- ASCII without controls, quotation mark and backslash, which are escaped;
- U+3000 to U+9FFF, Chinese characters and punctuation among others, which have no case;
- between such, :data:`~mieco.engine.rewriting.label_texts.ANY` for one letter that an expression
  leaves open, and for a line feed, which is written as an escape.
"""

from __future__ import annotations

import re
from typing import Final

from mieco.engine.rewriting.label_texts import ANY

_SURE = re.compile(rf"[ !#-\[\]-~\u3000-\u9fff{ANY}]+")
_QUOTE: Final = '"'
# One part of a regular expression, and how often it may stand: a letter as it is or escaped, or any
# letter of some.  A letter after a backslash would be a class or an assertion.
_PART = re.compile(
    r"""(?:
        (?P<letter> [^.^$*+?()\[\]{}|\\] ) | \\ (?P<escaped> [.^$*+?()\[\]{}|\\/-] )
        | \. | \\[dDsSwW] | \[ \^? (?: [^\[\]\\&~^-] | -(?![-\[]) )+ \]
    )
    (?: (?P<times> [*+?] | \{\d+(?:,\d*)?\} ) \?? )?""",
    re.VERBOSE,
)


def needles_of_text(text: str, *, start: bool = False, end: bool = False) -> list[str]:
    """The sure pieces of a text that stands in a literal; at its ``start``, at its ``end``."""
    found = []
    for match in _SURE.finditer(text):
        if not match[0].strip(ANY):
            continue
        before = _QUOTE if start and match.start() == 0 else ""
        after = _QUOTE if end and match.end() == len(text) else ""
        found.append(f"{before}{match[0].lower()}{after}")
    return found


def needles_of_regex(pattern: str, *, lowered: bool) -> list[str]:
    """The sure pieces of what a regular expression matches, in the literal or in LCASE of it.

    None for an expression with branches, groups or whatever else is not told here.
    """
    start = pattern.startswith("^")
    runs, at = [""], int(start)
    while match := _PART.match(pattern, at):
        at = match.end()
        letter = match["letter"] or match["escaped"] or ""
        # One that may be missing, or comes several times, ends what surely stands together.
        if letter and match["times"] in (None, "+"):
            runs[-1] += letter
        elif not lowered and not match["times"]:
            # LCASE makes two letters of İ, each of which the expression may leave open.
            runs[-1] += ANY
        if match["times"] or (lowered and not letter):
            runs.append("")
    end = pattern[at:] == "$"
    if not end and at < len(pattern):
        return []
    last = len(runs) - 1
    return [
        needle
        for number, run in enumerate(runs)
        for needle in needles_of_text(run, start=start and number == 0, end=end and number == last)
    ]
