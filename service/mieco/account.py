"""Under which account a command works: that to which the data directory belongs."""

from __future__ import annotations

import contextlib
import os
import pwd
from pathlib import Path


def work_as_owner(folder: Path) -> None:
    """Where root has called, the process takes the account of the owner of a folder, for good.

    Else root would leave files behind that the service, which has that account, can neither read
    nor replace.  Nothing happens where the folder is root's own or not there yet, nor where root
    must not change its account, as in some containers.
    """
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        state = folder.stat()
        if state.st_uid == 0:
            return
        try:
            account = pwd.getpwuid(state.st_uid)
        except KeyError:  # one of another machine, as of a folder that a container shares
            os.setgroups([])
            os.setgid(state.st_gid)
        else:
            os.initgroups(account.pw_name, account.pw_gid)
            os.setgid(account.pw_gid)
        os.setuid(state.st_uid)
