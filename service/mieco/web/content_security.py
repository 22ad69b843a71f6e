"""What pages may load: from the service itself, nothing inline (Content Security Policy 3)."""

from __future__ import annotations

from collections.abc import Sequence


def security_policy(images: Sequence[str] = ()) -> str:
    """The policy of a page; ``images`` are further sources that its pictures may come from."""
    pictures = " ".join(("'self'", *images))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures};"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
