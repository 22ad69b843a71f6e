"""Who may change the data: the holder of a token of the role that it takes."""

from __future__ import annotations

from flask import request

from mieco.access.grants import Role
from mieco.access.holders import Holder
from mieco.errors import Unauthorised
from mieco.web.service import service


def demand_writable() -> None:
    """Raises ReadOnly or WritingDisabled unless the service takes changes at all."""
    service().holders.demand_any(service().releases.origin())


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
