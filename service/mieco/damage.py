"""What the engine says of a store whose files are damaged, as an error of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mieco.errors import BadRelease, Text

# How RocksDB begins what it says of a block that has not its checksum.
_CORRUPTION = "Corruption:"


@contextlib.contextmanager
def damage_told(release: str) -> Iterator[None]:
    """Raises BadRelease of a release for what is found to be damaged in its store."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith(_CORRUPTION):
            raise
        reason = Text("store 中的数据已损坏", "the data in its store are damaged")
        raise BadRelease(release=release, reason=reason) from error
