"""What browsers may make of our answers: headers that all have, and the policy of pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    # An answer is what its Content-Type says (Fetch, "nosniff").
    "X-Content-Type-Options": "nosniff",
    # Addresses hold queries, which are nobody else's business.
    "Referrer-Policy": "no-referrer",
    # A page that opened ours, or that ours opened, cannot reach into it.
    "Cross-Origin-Opener-Policy": "same-origin",
    # Data and pictures are for everybody; the cookie is of no use there (SameSite).
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Once reached over https, for a year over nothing else (RFC 6797).
HTTPS_HEADERS: Final[Mapping[str, str]] = {"Strict-Transport-Security": "max-age=31536000"}


def is_active(media_type: str) -> bool:
    """Could a browser run a script in it?  In any XML, if its elements are those of XHTML."""
    return media_type == "text/html" or media_type.endswith(("/xml", "+xml"))


def security_policy(images: Sequence[str] = ()) -> str:
    """What a page may load: from the service itself, nothing inline (Content Security Policy 3).

    ``images`` are further sources that its pictures may come from.
    """
    pictures = " ".join(("'self'", *images))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures};"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
