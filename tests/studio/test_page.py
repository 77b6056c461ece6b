"""The page as a person meets it: it opens, its workspaces can be gone through, and it comes back by itself."""

import re


def test_the_page_opens_and_its_workspaces_can_be_gone_through(studio, page):
    running = studio()
    page.goto(running.address)
    assert page.title() == "vidream studio"
    for name in ("Make", "Play", "Look"):
        page.get_by_role("tab", name=name, exact=True).click()
        assert page.locator(f"#work-{name.lower()}").is_visible()
    page.keyboard.press("Alt+2")
    assert page.locator("#work-make").is_visible()
    page.reload()
    assert page.locator("#work-make").is_visible()
    assert re.search(r"#make$", page.url)


def test_it_ends_at_a_word_and_leaves_nothing_running(studio):
    running = studio()
    assert running.stop() == 143
