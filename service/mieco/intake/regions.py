"""Administrative divisions of China at county level and above (GB/T 2260), to look up."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from mieco import content
from mieco.errors import BadInstallation, Text
from mieco.intake.values import Unfit

Level = Literal["province", "prefecture", "county"]
_CODE = re.compile(r"[0-9]+")
_CODE_LENGTH = 6
_MOST_PROPOSED = 5


@dataclass(frozen=True, slots=True)
class Region:
    """One division: its code, its full Chinese name, its level, the code of the one above."""

    code: str
    name: str
    level: Level
    parent: str | None


class Regions:
    """The divisions, by code and by name."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._by_code = {region.code: region for region in regions}
        self._by_name = self._named()

    def __iter__(self) -> Iterator[Region]:
        return iter(self._by_code.values())

    def find(self, text: str) -> Region:
        """The region that a six-digit code or a full name means.

        A name may have those of the divisions above it in front: 常州市, 江苏省常州市.

        Raises :class:`~mieco.intake.values.Unfit` for a code or a name that no region has,
        and for a name that several have.
        """
        asked = "".join(unicodedata.normalize("NFKC", text).split())
        if _CODE.fullmatch(asked):
            return self._of_code(asked)
        return self._of_name(asked)

    def path(self, region: Region) -> tuple[Region, ...]:
        """The divisions that the region lies in, the widest first, and itself."""
        above = self.path(self._by_code[region.parent]) if region.parent else ()
        return (*above, region)

    def full_name(self, region: Region) -> str:
        """The name that tells a region from all others: 江苏省南京市鼓楼区."""
        return "".join(part.name for part in self.path(region))

    def _named(self) -> Mapping[str, Sequence[Region]]:
        by_name: dict[str, list[Region]] = defaultdict(list)
        for region in self:
            *above, own = (part.name for part in self.path(region))
            for name in {own, *("".join((*above[i:], own)) for i in range(len(above)))} | {
                part + own for part in above
            }:
                by_name[name].append(region)
        return by_name

    def _of_code(self, code: str) -> Region:
        if len(code) != _CODE_LENGTH:
            raise Unfit(
                Text(
                    f"应为 {_CODE_LENGTH} 位行政区划代码，现有 {len(code)} 位",
                    f"must have the {_CODE_LENGTH} digits of a region code, but has {len(code)}",
                )
            )
        try:
            return self._by_code[code]
        except KeyError:
            raise Unfit(self._no_such_code(code)) from None

    def _no_such_code(self, code: str) -> Text:
        for length in (4, 2):
            prefix = code[:length]
            above = self._by_code.get(prefix.ljust(_CODE_LENGTH, "0"))
            if above:
                dots = "." * (_CODE_LENGTH - length)
                return Text(
                    f"不是行政区划代码；{prefix}{dots} 是{above.name}",
                    f"is no region code; {prefix}{dots} is {above.name}",
                )
        return Text(
            f"不是行政区划代码，也没有以 {code[:2]} 开头的省级代码",
            f"is no region code, and no province has a code that begins with {code[:2]}",
        )

    def _of_name(self, name: str) -> Region:
        found = self._by_name.get(name, ())
        if len(found) == 1:
            return found[0]
        if found:
            raise Unfit(
                Text(
                    f"是 {len(found)} 个行政区划的名称：{self._listed(found, '、')}；"
                    "请写代码或全称",
                    f"is the name of {len(found)} regions: {self._listed(found, ', ')}; "
                    "write the code or the full name",
                )
            )
        meant = self._meant(name)
        if meant:
            raise Unfit(
                Text(
                    f"不是行政区划的全称；是否指 {self._listed(meant, '、')}？",
                    f"is not the full name of a region; is it {self._listed(meant, ', ')}?",
                )
            )
        raise Unfit(
            Text(
                "不是县级以上行政区划的代码或全称",
                "is neither the code nor the full name of a region at county level or above",
            )
        )

    def _meant(self, name: str) -> Sequence[Region]:
        """The regions that a name without its last word, such as 常州, may mean."""
        begun = [region for region in self if name and region.name.startswith(name)]
        return begun if len(begun) <= _MOST_PROPOSED else []

    def _listed(self, regions: Iterable[Region], between: str) -> str:
        return between.join(f"{region.code} {self.full_name(region)}" for region in regions)


@cache
def all_regions() -> Regions:
    """The divisions that mieco comes with.

    Raises :class:`~mieco.errors.BadInstallation` if the installation lacks them.
    """
    return Regions(_read(content.folder("data") / "regions.csv"))


def _read(path: Path) -> Iterator[Region]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Region(
                    row["code"], row["name_zh"], cast(Level, row["level"]), row["parent"] or None
                )
    except FileNotFoundError:
        raise BadInstallation(
            part=path.name, reason=Text("文件不在安装包中", "the file is not in the installation")
        ) from None
