"""What axe-core finds on the page that keeps somebody out: https://github.com/dequelabs/axe-core."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(visitor: Visitor, axe: str) -> list[str]:
    """Every element that breaks a rule now, with why; `axe` is the source of axe-core."""
    page = visitor.page
    page.evaluate(axe)
    # Colours that are on their way from one to another are not those that are read.
    page.evaluate("() => Promise.all(document.getAnimations().map(one => one.finished))")
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, iframes: false, resultTypes: ['violations']})", RULES
    )["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]
