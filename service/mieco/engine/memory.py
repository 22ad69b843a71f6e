"""How much memory a release takes, and how much there is for it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# A triple stands in its graph and in the merged one.  Resident memory of a loaded release of the
# made-up consortia of benchmarks/generated.py, by triple: 446 bytes at 1 M, 649 at 10 M.
_BYTES = 650
# What a worker has copied of that at 1 M, once it has answered all of benchmarks/queries.
_COPIED = 570
# Of control groups, version 2 and 1 (cgroups(7)).
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def budget(megabytes: int) -> int:
    """Bytes for the data of a release: so many megabytes, or half of what there is for 0."""
    return megabytes << 20 if megabytes else _there() // 2


def needed(triples: int) -> int:
    """Bytes that a release takes in memory."""
    return triples * _BYTES


def copies_in(megabytes: int, triples: int) -> int:
    """So many workers can have a copy of their own, beside the data that all share.

    Copies get what these leave of so many megabytes; for 0, of 7/8 of the memory that there is,
    after what the present release takes and the next while it is loaded.
    """
    if megabytes:
        left = budget(megabytes) - needed(triples)
    else:
        left = _there() * 7 // 8 - 2 * needed(triples)
    return max(0, left) // (max(1, triples) * _COPIED)


def _there() -> int:
    """Bytes of memory of this machine, or of the container that this process is in."""
    there = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for limit in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # no such file; "max"
            there.append(int(Path(limit).read_text(encoding="ascii")))
    return min(there)
