"""What a parser's complaint means to the person who wrote the query."""

from __future__ import annotations

import re

from mieco.errors import QueryRefused, QuerySyntaxError, Text, UserError

_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
# The tokens a parser lists as "…" or as a bare keyword; character classes are noise.
_TOKEN = re.compile(r'"((?:\\.|[^"\\])+)"|\b([A-Z]{2,})\b')
# How many expected tokens, and how much of the text, a message shows.
_SHOWN = 12
_NEAR = 24
_PREFIX_BEFORE = re.compile(r"([\w.-]*):[\w.%-]*$")

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


def explain(detail: str, query: str) -> UserError:
    """The error for a query that the engine's parser refused.

    ``detail`` is the parser's own text, such as ``error at 1:11: expected one of …``.
    """
    match = _POSITION.match(detail)
    if match is None:
        return QuerySyntaxError(reason=detail.splitlines()[0], line=0, column=0)
    line, column, expected = int(match[1]), int(match[2]), match[3]
    before, after = _split(query, line, column)
    reason = _reason(expected, before, after)
    return QuerySyntaxError(
        line=line,
        column=column,
        reason=Text(
            f"第 {line} 行第 {column} 列：{reason.zh}", f"line {line}, column {column}: {reason.en}"
        ),
    )


def _reason(expected: str, before: str, after: str) -> Text:
    if "Prefix not found" in expected and (prefix := _PREFIX_BEFORE.search(before)):
        name = prefix[1]
        return Text(f"前缀“{name}:”没有声明", f"the prefix '{name}:' is not declared")
    for sign, meaning in _KNOWN:
        if sign in expected:
            return meaning
    if not after.strip():
        return Text(
            "查询到这里就结束了，还没有写完（也许缺少“}”）",
            "the query ends before it is complete (perhaps a '}' is missing)",
        )
    tokens = [quoted or keyword for quoted, keyword in _TOKEN.findall(expected)]
    if not tokens:
        return Text("这里读不下去", "the query cannot be read on from here")
    shown = " ".join(tokens[:_SHOWN]) + (" …" if len(tokens) > _SHOWN else "")
    met = " ".join(after.split())[:_NEAR]
    return Text(
        f"“{met}”处读不下去，这里应为其一：{shown}", f"at '{met}': expected one of: {shown}"
    )


def _split(query: str, line: int, column: int) -> tuple[str, str]:
    """The text of that line before a position, and all the text after it."""
    lines = query.split("\n")
    if line > len(lines):
        return "", ""
    here = lines[line - 1]
    return here[: column - 1], "\n".join([here[column - 1 :], *lines[line:]])


def explain_evaluation(detail: str) -> UserError:
    """The error for a query that parsed but could not be evaluated."""
    if "os error 24" in detail:  # EMFILE: the worker may open no socket
        return QueryRefused(
            reason=Text(
                "这里不允许 SERVICE 访问其他主机", "SERVICE may not reach other hosts from here"
            )
        )
    return QueryRefused(reason=detail.splitlines()[0] if detail else "")
