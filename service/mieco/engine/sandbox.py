"""Limits for a process that evaluates what a stranger wrote."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

# linux/seccomp.h, linux/filter.h, linux/audit.h, linux/prctl.h
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OTHER_ABI = 0x40000000  # x32 calls carry this bit
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ERRNO with EACCES
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_AF_UNIX = 1

# The stack of a thread that reads a foreign text: parsers recurse, and address space costs
# nothing until it is used.
STACK = 256 << 20
# Machine → (AUDIT_ARCH, number of socket(2)).
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


def limit_memory(megabytes: int) -> None:
    """From now on the process may take this much more memory (Linux)."""
    if sys.platform == "linux":
        # proc(5), statm: the sixth number is data + stack, in pages.
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 1_048_576
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def end_with_parent(parent: int) -> None:
    """From now on the kernel ends the process when the thread that started it ends (Linux).

    It ends at once if the process of that number has ended already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def in_child(work: Callable[[], object]) -> None:
    """Does some work in a fork of this process.  Raises OSError if it fails there."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise OSError("the work failed in a process of its own")


def adopt_orphans() -> None:
    """From now on this process is the parent of its descendants whose own has ended (Linux).

    So it can wait for their end; elsewhere the first process of the system does.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def confined(memory: int, work: Callable[[], None]) -> None:
    """Does some work within so many megabytes, without network and with a deep stack.

    The process is confined from then on; the threads that the work starts have plain stacks.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(memory)
    deny_network()
    threading.stack_size(STACK)
    thread = threading.Thread(target=work)
    thread.start()
    threading.stack_size(0)
    thread.join()


def deny_network() -> bool:
    """From now on socket(2) makes local sockets only; true if the kernel holds to it.

    Where that cannot be had (not Linux, another machine), SERVICE and LOAD are still
    refused by reading the text.
    """
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    architecture, socket_call = machine
    program = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCHITECTURE),
            (_EQUAL, 0, 6, architecture),
            (_LOAD, 0, 0, _NUMBER),
            (_AT_LEAST, 4, 0, _OTHER_ABI),
            (_EQUAL, 0, 2, socket_call),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_EQUAL, 0, 1, _AF_UNIX),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _DENY),
        )
    )
    code = ctypes.create_string_buffer(program)
    header = struct.pack("HL", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        and libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.create_string_buffer(header)) == 0
    )
