"""What axe-core finds on a page, in light and in dark."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = {"serious", "critical"}
#: What axe-core looks for; darkness changes nothing but colours.
RULES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}


def serious(page: Page) -> list[tuple[str, str]]:
    """What is broken in light or in dark: a page that turns dark need not be loaded anew."""
    page.locator("details:not([open]) > summary").evaluate_all("all => all[0]?.click()")
    found = []
    for scheme in RULES:
        page.emulate_media(color_scheme=scheme)
        broken = Axe().run(page, options=RULES[scheme]).response["violations"]
        found += [_told(rule) for rule in broken if rule["impact"] in SERIOUS]
    return found


def _told(rule: dict[str, Any]) -> tuple[str, str]:
    return rule["id"], rule["nodes"][0]["html"][:200] + rule["nodes"][0]["failureSummary"]
