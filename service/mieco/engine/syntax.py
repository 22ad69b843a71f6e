"""What is wrong with a query or update, for the person who wrote it: where, what, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from mieco.engine.keywords import KEYWORDS, QUERIES, UPDATES, WELL_KNOWN_PREFIXES
from mieco.engine.tokens import full_width_sign, split_prologue, stray_quote, tokens
from mieco.errors import QueryRefused, QuerySyntaxError, Text, UserError
from mieco.terms import PREFIXES

_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
# The tokens a parser lists as "…" or as a bare keyword; character classes are noise.
_TOKEN = re.compile(r'"((?:\\.|[^"\\])+)"|\b([A-Z]{2,})\b')
# How many expected tokens, and how much of the text, a message shows.
_SHOWN = 12
_NEAR = 24
# A name longer than this is not looked at further.
_LONGEST = 64
_BRACKETS = {")": "(", "]": "[", "}": "{", ">>": "<<", ")>>": "<<("}

_LOOK = Text(
    "请检查该位置附近的括号、句点和前缀声明。",
    "Check brackets, full stops and prefix declarations near that place.",
)

_KNOWN = (
    (
        "The SELECT contains a variable that is unbound",
        Text(
            "SELECT 中有的变量既未分组也未聚合，或在查询中没有值",
            "SELECT has a variable that is neither grouped nor aggregated, or never bound",
        ),
    ),
    (
        "IRI parsing failed",
        Text(
            "IRI 不完整或有不允许的字符（没有 BASE 时不能用相对 IRI）",
            "an IRI is incomplete or has a forbidden character (relative IRIs need a BASE)",
        ),
    ),
)


class _Finding(NamedTuple):
    """What is wrong, at which line and column (both from 1), and what to do about it."""

    line: int
    column: int
    reason: Text
    todo: Text = _LOOK


def explain(detail: str, query: str) -> UserError:
    """The error for a text that the engine's parser refused.

    ``detail`` is the parser's own account, such as ``error at 1:11: expected one of …``.
    It names the furthest place that the parser reached, often well after the mistake; so
    mistakes that can be seen in the tokens alone are looked for first.
    """
    match = _POSITION.match(detail)
    found = _sent_to_the_wrong_address(detail, query) or _in_tokens(query)
    if found is None and match is None:
        return QuerySyntaxError(
            reason=detail.splitlines()[0] if detail else "", line=0, column=0, todo=_LOOK
        )
    if found is None and match is not None:
        found = _from_parser(int(match[1]), int(match[2]), match[3], query)
    assert found is not None  # noqa: S101 (one of the two is there)
    line, column, reason, todo = found
    return QuerySyntaxError(
        line=line,
        column=column,
        reason=Text(
            f"第 {line} 行第 {column} 列：{reason.zh}", f"line {line}, column {column}: {reason.en}"
        ),
        todo=todo,
    )


def _sent_to_the_wrong_address(detail: str, query: str) -> _Finding | None:
    """An update where a query is wanted, or the other way round."""
    prologue, body = split_prologue(query)
    match = re.match(r"[A-Za-z]*", body)
    word = match[0].upper() if match else ""
    if word in UPDATES and "CONSTRUCT" in detail:
        return _Finding(
            *_place(query, len(prologue)),
            Text("这是更新，不是查询", "this is an update, not a query"),
            Text("更新请发到 /update。", "Send updates to /update."),
        )
    if word in QUERIES and "VERSION" in detail:
        return _Finding(
            *_place(query, len(prologue)),
            Text("这是查询，不是更新", "this is a query, not an update"),
            Text("查询请发到 /sparql。", "Send queries to /sparql."),
        )
    return None


def _in_tokens(query: str) -> _Finding | None:
    """A string or bracket left open, a word that SPARQL does not have, a prefix not declared."""
    quote = stray_quote(query)
    if quote is not None:
        return _Finding(
            *_place(query, quote),
            Text("从这里开始的字符串没有结束", "the string that starts here does not end"),
            Text(
                "请补上引号；跨行的文字用三个引号。",
                "Close the quotes; text over several lines takes three.",
            ),
        )
    sign = full_width_sign(query)
    if sign is not None:
        return _Finding(
            *_place(query, sign),
            Text(f"“{query[sign]}”是全角符号", f"'{query[sign]}' is a full-width sign"),
            Text(
                '请改用半角符号：? { } ( ) " . , ; : < > =',
                'Write the half-width one: ? { } ( ) " . , ; : < > =',
            ),
        )
    opened: list[tuple[str, int]] = []
    # Wherever they are: each operation of an update may declare its own.
    declared = {"_", *_declared(query)}
    for token in tokens(query):
        if token.kind == "word" and token.text not in KEYWORDS:
            return _unknown_word(query, token.start, token.end)
        if token.kind == "name" and (prefix := token.text.partition(":")[0]) not in declared:
            return _Finding(*_place(query, token.start), *_undeclared(prefix[:_LONGEST], query))
        if token.kind == "open":
            opened.append((token.text, token.start))
        elif token.kind == "close" and (not opened or opened.pop()[0] != _BRACKETS[token.text]):
            return _Finding(
                *_place(query, token.start),
                Text(
                    f"这个“{token.text}”没有与之配对的括号",
                    f"this '{token.text}' closes nothing that is open here",
                ),
            )
    return None


def _unknown_word(query: str, start: int, end: int) -> _Finding:
    word = query[start : min(end, start + _LONGEST)]
    near = difflib.get_close_matches(word.upper(), sorted(KEYWORDS), n=3, cutoff=0.7)
    reason = Text(f"SPARQL 没有“{word}”这个词", f"'{word}' is not a word of SPARQL")
    todo = (
        Text(f"是否想写 {' 或 '.join(near)}？", f"Did you mean {' or '.join(near)}?")
        if near
        else Text(
            f"名称前要有前缀（如 mieco:{word}），变量前要有 ?，文字要加引号。",
            f"A name needs a prefix (such as mieco:{word}), a variable a '?', text its quotes.",
        )
    )
    return _Finding(*_place(query, start), reason, todo)


def _from_parser(line: int, column: int, expected: str, query: str) -> _Finding:
    after = _after(query, line, column)
    for sign, meaning in _KNOWN:
        if sign in expected:
            return _Finding(line, column, meaning)
    if not after.strip() and not query.strip():
        return _Finding(line, column, Text("查询是空的", "the query is empty"))
    if not after.strip() and not _is_closed(query):
        return _Finding(
            line,
            column,
            Text(
                "查询到这里就结束了，还没有写完（也许缺少“}”）",
                "the query ends before it is complete (perhaps a '}' is missing)",
            ),
        )
    if not after.strip():
        return _Finding(
            line,
            column,
            Text("整体不符合语法", "it is complete, but not valid as a whole"),
            Text(
                "请检查各子句的写法和顺序，以及变量是否重复绑定（BIND、AS）。",
                "Check how each clause is written, their order, and that no variable is bound"
                " twice (BIND, AS).",
            ),
        )
    wanted = [quoted or keyword for quoted, keyword in _TOKEN.findall(expected)]
    if not wanted:
        return _Finding(line, column, Text("这里读不下去", "the query cannot be read on from here"))
    shown = " ".join(wanted[:_SHOWN]) + (" …" if len(wanted) > _SHOWN else "")
    met = " ".join(after.split())[:_NEAR]
    return _Finding(
        line,
        column,
        Text(f"“{met}”处读不下去，这里应为其一：{shown}", f"at '{met}': expected one of: {shown}"),
    )


def _is_closed(query: str) -> bool:
    """Is every bracket that was opened closed again?"""
    depth = sum({"open": 1, "close": -1}.get(token.kind, 0) for token in tokens(query))
    return depth == 0


def _declared(query: str) -> Iterator[str]:
    """The prefixes that a text declares."""
    for word, name in pairwise(tokens(query)):
        if word.text == "PREFIX" and name.kind == "name":
            yield name.text.partition(":")[0]


def _undeclared(prefix: str, query: str) -> tuple[Text, Text]:
    reason = Text(f"前缀“{prefix}:”没有声明", f"the prefix '{prefix}:' is not declared")
    known = {**WELL_KNOWN_PREFIXES, **PREFIXES}
    if prefix in known:
        line = f"PREFIX {prefix}: <{known[prefix]}>"
        return reason, Text(f"请在查询前加上：{line}", f"Put this before the query: {line}")
    declared = [name for name in _declared(query) if len(name) <= _LONGEST]
    names_known = [*declared[:_LONGEST], *known]
    near = difflib.get_close_matches(prefix, names_known, n=3, cutoff=0.6)
    if near:
        names = [f"{name}:" for name in dict.fromkeys(near)]
        return reason, Text(
            f"是否想写 {' 或 '.join(names)}？", f"Did you mean {' or '.join(names)}?"
        )
    return reason, Text(
        f"请在查询前用 PREFIX {prefix}: <…> 声明。", f"Declare it first: PREFIX {prefix}: <…>"
    )


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column, both from 1, of a position in a text."""
    line_start = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, position) + 1, position - line_start + 1


def _after(query: str, line: int, column: int) -> str:
    """All the text after a position."""
    lines = query.split("\n")
    if line > len(lines):
        return ""
    return "\n".join([lines[line - 1][column - 1 :], *lines[line:]])


def explain_evaluation(detail: str) -> UserError:
    """The error for a query that parsed but could not be evaluated."""
    return QueryRefused(reason=detail.splitlines()[0] if detail else "")
