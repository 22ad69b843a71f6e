"""Who may change the data: the holder of a token of the role that it takes."""

from __future__ import annotations

from flask import request

from mieco.access.grants import Role
from mieco.access.holders import Holder
from mieco.errors import NotWritable, Text, Unauthorised
from mieco.web.service import service

_GONE = Text("其中的发布不见了", "what was published in it is gone")


def demand_writable() -> None:
    """Raises ReadOnly or WritingDisabled unless the service takes changes at all.

    Raises NotWritable where the directory is gone, as a disk is that is mounted no more: what was
    written there now would be lost with its return.  Raises BadRelease where the pointer is broken.
    """
    releases = service().releases
    service().holders.demand_any(releases.origin())
    if not service().settings.engine and releases.current_number() is None:
        raise NotWritable(folder=str(releases.folder), reason=_GONE)


def bearer(role: Role) -> Holder:
    """Who sends this request, by the bearer token that it carries (RFC 6750 §2.1).

    Raises ReadOnly, WritingDisabled, Unauthorised, or Forbidden for a token of a lesser role.
    """
    demand_writable()
    holder = service().holders.by_authorization(request.headers.get("Authorization", ""))
    if holder is None:
        raise Unauthorised
    holder.grant.demand(role)
    return holder
