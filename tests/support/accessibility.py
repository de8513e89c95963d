"""Accessibility checks of a page, by axe-core (https://github.com/dequelabs/axe-core)."""

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# All rules for WCAG 2.2 A and AA, also those that axe-core leaves out by default.
ALL: Final = [
    *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
    *("best-practice", "experimental"),
]
CONTRAST: Final = ["color-contrast"]


def violations(page: Page) -> list[str]:
    """Return what is wrong with the page as it is shown: rule, element and reason.

    In dark colours, only the contrast is checked: nothing else depends on them.
    """
    found = []
    for scheme, rules in (("dark", CONTRAST), ("light", ALL)):
        page.emulate_media(color_scheme=scheme)
        options = {"resultTypes": ["violations"], "runOnly": rules}
        found += Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for rule in found
        for node in rule["nodes"]
    ]
