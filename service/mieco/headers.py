"""The header of a query file: YAML in comments, between two lines ``# ---``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from mieco.errors import BadInstallation

_HEADER = re.compile(r"# ---\n((?:#.*\n)*?)# ---\n")
T = TypeVar("T")


def read_query_file(path: Path, build: Callable[[Mapping[str, Any], str], T]) -> T:
    """What ``build`` makes of a file's header and its whole text.

    Raises :class:`~mieco.errors.BadInstallation` if there is no header, or ``build`` cannot
    use it (ValueError, KeyError, TypeError).
    """
    try:
        text = path.read_text(encoding="utf-8")
        header = _HEADER.match(text)
        if header is None:
            raise ValueError("no header between '# ---' lines")
        lines = (line.removeprefix("#").removeprefix(" ") for line in header[1].splitlines())
        return build(read_yaml("\n".join(lines)), text)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise BadInstallation(part=path.name, reason=str(error)) from error


def read_yaml(text: str) -> Any:
    """What YAML says.  Raises yaml.YAMLError.

    By PyYAML's parser in C, where it has one: that is eight times as fast.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader)  # noqa: S506 (it is a safe one)
