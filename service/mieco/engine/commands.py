"""What an engine and its zygote say to each other over the control socket.

zygote → engine   R                  the release is loaded      (once, at the start)
                  X                  it could not be loaded     (once, then the end)
engine → zygote   F + a descriptor   fork a worker that serves this socket
zygote → engine   P + process id     the answer to F (0: there is no room for one)
engine → zygote   K + process id     kill that worker
engine → zygote   S + process id     serve that worker after all others
engine → zygote   N + a length       fork a zygote for the next release, whose folder follows;
                  + a descriptor     it makes the change in memory that led there, and this
                                     is its control socket
zygote → engine   P + process id     the answer to N (0: there is no room for one)
"""

from __future__ import annotations

import struct

COMMAND = struct.Struct("!cQ")
LOADED, FAILED, FORK, FORKED, KILL, SLOW_DOWN, SUCCEED = b"R", b"X", b"F", b"P", b"K", b"S", b"N"
