"""Where a Chinese heading may break: browsers know the words of Japanese, but not ours."""

from __future__ import annotations

import re

_ENDS = re.compile(
    r"(?<=[的与、）)])"
    r"|(?<=[省市区])(?=[^的级区域场群县，、）)]{2})"
    r"|(?=[（(])"
    r"|(?=市域产教联合体)"
    r"|(?<!市域)(?=产教联合体)"
)


def phrases(text: str) -> list[str]:
    """The parts of a heading between which it may break.

    >>> phrases("中国市域产教联合体的本体与查询服务")
    ['中国', '市域产教联合体的', '本体与', '查询服务']
    >>> phrases("长春市汽车产业集群产教联合体")
    ['长春市', '汽车产业集群', '产教联合体']
    >>> phrases("Which consortia?")
    ['Which consortia?']
    """
    return [part for part in _ENDS.split(text) if part]
