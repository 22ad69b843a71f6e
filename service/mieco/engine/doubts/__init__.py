"""Queries that an engine of others may answer wrongly, or never, told by their syntax trees.

Such a query is evaluated by our own engine, on the same release.  What is known to be answered
rightly is listed, all else is in doubt: an engine that is wrong does not say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mieco.engine.doubts.virtuoso import doubts_of_virtuoso
from mieco.errors import Text

__all__ = ["FAILED", "GRAPHS", "TEXTS", "doubts_of_virtuoso", "told"]

# The request names several default graphs; and what was not foreseen.
GRAPHS: Final = "graphs"
FAILED: Final = "failed"
TEXTS: Final[Mapping[str, Text]] = {
    "syntax": Text("语法树读不出", "its syntax tree cannot be read"),
    "size": Text("组太多，编译器可能不会结束", "so many groups that compiling may never end"),
    "form": Text("DESCRIBE，或 FROM", "DESCRIBE, or FROM"),
    "exists": Text(
        "EXISTS 在表达式之内，或其中不只有三元组",
        "EXISTS within an expression, or of more than triples",
    ),
    "unbound": Text(
        "可能没有值的变量在别处再用到", "a variable that may have no value is used once more"
    ),
    "constant": Text(
        "OPTIONAL 之内的 BIND 或 VALUES，或表达式给出写定的项",
        "BIND or VALUES within OPTIONAL, or an expression that gives a term as written",
    ),
    "keys": Text(
        "按可能没有值的变量分组或去重",
        "groups or distinct rows by a variable that may have no value",
    ),
    "bind": Text("BIND 与 OPTIONAL 并用", "BIND beside OPTIONAL"),
    "copy": Text("BIND 只给变量另起一名", "BIND gives a variable but another name"),
    "arithmetic": Text("算术", "arithmetic"),
    "order": Text("不是字符串的值比较先后", "the order of values that are not strings"),
    "value": Text("数、真值和带数据类型的文字", "numbers, truths and literals with a datatype"),
    "function": Text("函数", "functions"),
    "path": Text("任意长或择一的属性路径", "paths of any length, and alternatives"),
    "aggregate": Text("聚合", "aggregates"),
    "sub-select": Text(
        "子查询在 OPTIONAL 之内，或层层嵌套", "sub-selects in OPTIONAL or in each other"
    ),
    "values": Text("同一变量有几处 VALUES", "several VALUES of one variable"),
    "scope": Text("FILTER 用到组外的变量", "FILTER that uses what is outside its group"),
    "minus": Text("MINUS 与前面没有共同的变量", "MINUS that shares no variable"),
    "sorting": Text(
        "分组或去重之后按表达式排序", "sorting groups or distinct rows by an expression"
    ),
    GRAPHS: Text(
        "几个图合为默认图，相同的三元组会数几次",
        "a default graph of several graphs, in which equal triples count several times",
    ),
    FAILED: Text("那里报告了错误", "an error came back from there"),
    "other": Text("其他写法", "other ways to write"),
}


def told(doubts: Sequence[str]) -> list[dict[str, str]]:
    """Doubts as explanations have them."""
    return [{"name": name, "zh": TEXTS[name].zh, "en": TEXTS[name].en} for name in doubts]
