"""What a download is called: what is in it, and of which release."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response

from mieco.manifest import Manifest

# What file systems, or people at a command line, do not like in names.
_AWKWARD = re.compile(r"[^\w.]+")
_LONGEST = 40


def name_file(
    response: Response, manifest: Manifest, *parts: str, extension: str, shown: bool = False
) -> None:
    """Calls a response ``mieco-PARTS-rNUMBER``; one that is ``shown`` only when it is saved.

    Names that are not ASCII are given twice, as RFC 6266 §4.3 and its appendix D advise.
    """
    told = [_AWKWARD.sub("_", part).strip("_")[:_LONGEST] for part in parts]
    name = "-".join(["mieco", *told, f"r{manifest.number}"])
    plain = [part for part in told if part.isascii()]
    fallback = "-".join(["mieco", *plain, f"r{manifest.number}"])
    header = f'{"inline" if shown else "attachment"}; filename="{fallback}.{extension}"'
    if name != fallback:
        header += f"; filename*=UTF-8''{quote(f'{name}.{extension}', safe='')}"
    response.headers["Content-Disposition"] = header
