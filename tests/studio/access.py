"""What of a page somebody could not use who sees little, hears it read, or has no mouse."""

from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_suffix(".js").read_text()

NAMED = """
button checkbox combobox dialog img link listbox menuitem menuitemcheckbox option progressbar radio radiogroup searchbox
slider spinbutton switch tab tablist textbox
"""
"""Roles that mean nothing without a name."""
CONTRAST = 4.5
"""Of words and what is behind them, at least (WCAG 2.2, 1.4.3)."""


def unnamed(page: Any) -> list[str]:
    """Things that a reader could only call "button"."""
    session = page.context.new_cdp_session(page)
    try:
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        bare = []
        for node in nodes:
            role = node.get("role", {}).get("value")
            if not node.get("ignored") and role in NAMED.split() and not node.get("name", {}).get("value", "").strip():
                described = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
                bare.append(f"{role}: {described['nodeName']} {described.get('attributes', [])}")
        return bare
    finally:
        session.detach()


def faint(page: Any, least: float = CONTRAST) -> list[str]:
    """Words that stand out too little from what is behind them; words on pictures are not judged."""
    return page.evaluate(f"(least) => {{ {_SCRIPT} return faint(least); }}", least)


def cut_off(page: Any) -> list[str]:
    """What stands out of the window, or of what clips it, even when it is scrolled to."""
    return page.evaluate(f"() => {{ {_SCRIPT} return cutOff(); }}")


def walk(page: Any, most: int = 400) -> tuple[list[str], list[str]]:
    """Go through the page by the Tab key, once around.

    Returns:
        The stops, in their order; what is wrong with them.
    """
    page.emulate_media(reduced_motion="reduce")  # what fades in would be judged half-way
    page.evaluate("() => { window.stops = []; document.activeElement?.blur?.(); window.focus(); scrollTo(0, 0); }")
    names: list[str] = []
    wrong: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(f"() => {{ {_SCRIPT} return stop(); }}")
        if stop is None:
            continue  # the end of the page: it goes on at its beginning
        if stop["number"] < len(names):
            return names, wrong
        names.append(stop["name"])
        if not stop["marked"]:
            wrong.append(f"{stop['name']}: nobody sees that it has the focus")
        if stop["high"]:
            wrong.append(f"{stop['name']}: a tabindex of its own puts it out of order")
    return names, [*wrong, f"no end after {most} stops, at {names[-1]}"]
