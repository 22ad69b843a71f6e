"""Where the project's content lies: ontology, shapes, queries and data.

In a wheel the four folders are inside the installed package; in an editable
install and in a plain checkout they stand beside ``service/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mieco.errors import BadInstallation, Text

Folder = Literal["ontology", "shapes", "queries", "data"]

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def folder(name: Folder) -> Path:
    """The folder of that name.

    Raises :class:`~mieco.errors.BadInstallation` if the installation lacks it.
    """
    for place in (_PACKAGE / name, _CHECKOUT / name):
        if place.is_dir():
            return place
    raise BadInstallation(
        part=name, reason=Text("文件夹不在安装包中", "the folder is not in the installation")
    )
