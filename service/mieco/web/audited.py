"""What a request changes, entered in the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request

from mieco.access.holders import Holder
from mieco.audit import Actor
from mieco.changes import Change, Update
from mieco.deliveries import Upload
from mieco.web.environ import REQUEST_ID
from mieco.web.service import service

# So much of an update is entered; its SHA-256 tells whether a text is the one that was sent.
_LONGEST = 1000


@contextmanager
def audited(holder: Holder, action: str, **about: Any) -> Iterator[dict[str, Any]]:
    """What is done within the context is entered, with what is added to the dictionary.

    Raises NotWritable before it is begun.
    """
    with service().audit.act(actor(holder), action, **about) as outcome:
        yield outcome


def actor(holder: Holder | None) -> Actor:
    """Who sends this request."""
    return Actor(
        name=holder.name if holder else "",
        role=holder.grant.role if holder else "",
        token=holder.id if holder else "",
        address=request.remote_addr or "",
        request=request.environ.get(REQUEST_ID, ""),
    )


def told_upload(upload: Upload) -> dict[str, Any]:
    """What is entered of a delivery."""
    files = {file.name: file.sha256 for file in upload.files}
    return {"delivery": upload.id, "graph": upload.graph, "files": files, "by": upload.by}


def told(change: Change) -> dict[str, Any]:
    """The action that a change is, and what is entered of it."""
    if isinstance(change, Update):
        digest = hashlib.sha256(change.text.encode("utf-8", "replace")).hexdigest()
        return {"action": "update", "text": change.text[:_LONGEST], "sha256": digest}
    return {"action": f"graph-{change.action}", "graph": change.graph or "default"}
