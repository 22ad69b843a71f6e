"""Whether a page can be used by everybody: what axe finds (WCAG 2.2, levels A and AA)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def accessible(page: Page) -> list[str]:
    """What axe finds wrong with a page, in words."""
    # Of all that it looked at, only what is wrong is told one by one.
    options = {"runOnly": {"type": "tag", "values": list(_RULES)}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options)
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]
