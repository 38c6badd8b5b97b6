"""The page in a real browser, against the real server: what a manager sees and does."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Page,
        Request,
        Response,
    )

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SITUATION = (
    "Two of my engineers keep missing deadlines and I redo their work at night. "
    "The team has lost sight of why this project matters."
)
DANGER = "One of my nurses told me that she is thinking about suicide."
HOSTILE = "My team <img src=x onerror=\"document.title='owned'\"> ignores every plan I make."
READY = re.compile(r"http://127\.0\.0\.1:\d+/")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
START = ("-c", "from assistant.cli import main; main()", "serve", "--port", "0")
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def home(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `twofold serve`, a process of its own with a store of its own."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(prepared_data, folder / "data")
    log = folder / "log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, *START],
            cwd=ROOT,
            env={**os.environ, "TWOFOLD_DATA": str(folder / "data")},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert server.stdout is not None
    with server.stdout:
        found = READY.search(server.stdout.readline())
        assert found, log.read_text()
        yield found[0]
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0, log.read_text()
    said = log.read_text()
    assert "redo their work" not in said
    assert "session_hash" not in said
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Notes what a page does that it should not."""

    def __init__(self, home: str):
        self._home = home
        self.troubles: list[str] = []

    def page(self, page: "Page") -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("console", self._console)

    def _request(self, request: "Request") -> None:
        if not request.url.startswith((self._home, "data:")):
            self.troubles.append(f"another host: {request.url}")

    def _failed(self, request: "Request") -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that closes drops its open streams
            self.troubles.append(f"{request.failure}: {request.url}")

    def _response(self, response: "Response") -> None:
        if not response.ok:
            self.troubles.append(f"{response.status}: {response.url}")

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text}")


@pytest.fixture
def open_page(browser: "Browser", home: str) -> Iterator[Open]:
    """Opens the page; nothing it does may reach another host, fail or complain."""
    watch = Watch(home)
    contexts: list[BrowserContext] = []

    def open_page(path: str = "?c=new", width: int = 1280, height: int = 900) -> "Page":
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.on("page", watch.page)
        page = context.new_page()
        page.goto(home + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.troubles == []


def tell(page: "Page", text: str) -> None:
    """Type a message, press Enter and wait for one more reply."""
    from playwright.sync_api import expect

    replies = page.locator(".turn.reply")
    before = replies.count()
    page.get_by_label("What is going on?").fill(text)
    page.get_by_label("What is going on?").press("Enter")
    expect(replies).to_have_count(before + 1)


def scrolls_sideways(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_a_situation_gets_a_share_marked_words_and_cited_actions(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, SITUATION)
    expect(page.get_by_role("heading", name="What I heard")).to_be_visible()
    expect(
        page.get_by_role("img", name=re.compile(r"% management, \d+ % leadership"))
    ).to_be_visible()
    expect(page.locator(".situation mark").first).to_be_visible()
    expect(page.locator(".situation .mark-label").first).to_have_text(
        re.compile(r"\((management|leadership)\)")
    )
    expect(page.locator(".card").first).to_contain_text("Done when:")
    expect(page.locator("#notice")).to_contain_text("You are talking to an AI")
    expect(page.get_by_label("What is going on?")).to_have_value("")


def test_a_source_opens_at_the_cited_section(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, SITUATION)
    link = page.locator(".card .source a").first
    section = str(link.get_attribute("href")).partition("#")[2]
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.locator(f"#{section}")).to_be_in_viewport()
    expect(opened.value.locator(f"#{section}:target")).to_have_count(1)
    assert opened.value.evaluate("document.referrer + window.opener") == "null"


def test_danger_shows_the_panel_before_any_advice(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, DANGER)
    panel = page.locator(".panel.referral")
    expect(panel).to_contain_text("is anybody in danger right now?")
    expect(panel).to_contain_text("Go to")
    expect(panel.get_by_text("Help lines")).to_be_visible()
    expect(page.locator(".situation mark.human")).to_have_count(1)
    assert page.locator(".reply > *").nth(1).get_attribute("class") == "panel referral"


@pytest.mark.parametrize(("width", "height"), [(360, 740), (390, 844)])
def test_a_phone_scrolls_one_way_only(open_page: Open, width: int, height: int):
    from playwright.sync_api import expect

    page = open_page(width=width, height=height)
    expect(page.locator(".example")).to_have_count(4)
    assert not scrolls_sideways(page)
    tell(page, f"{SITUATION} {'w' * 300}")
    assert not scrolls_sideways(page)
    tell(page, DANGER)
    assert not scrolls_sideways(page)
    expect(page.locator("#notice")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    page.goto(page.url.partition("?")[0] + "guidance/replan-after-slip")
    assert not scrolls_sideways(page)


def test_a_refresh_keeps_the_history_and_a_new_tab_shows_the_last(open_page: Open, home: str):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, SITUATION)
    tell(page, "They know the date, and nobody told me.")
    page.reload()
    expect(page.locator(".turn.reply")).to_have_count(2)
    expect(page.locator(".situation").first).to_contain_text("redo their work")
    page.goto(home)
    expect(page.locator(".turn.reply")).to_have_count(2)


def test_two_tabs_do_not_mix(open_page: Open):
    from playwright.sync_api import expect

    one, two = open_page(), open_page()
    tell(one, "Only in one: nobody on my team reads the plan.")
    tell(two, "Only in two: my team has no goal that it believes in.")
    one.reload()
    expect(one.locator(".situation")).to_contain_text("Only in one")
    tell(one, "Still in one: they read nothing at all.")
    expect(one.locator(".situation")).to_have_count(2)
    expect(two.locator(".situation")).to_have_count(1)


def test_new_conversation_begins_again_and_keeps_what_is_typed(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, SITUATION)
    page.get_by_label("What is going on?").fill("half a thought")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("What is going on?")).to_have_value("half a thought")


def test_an_example_is_sent_by_one_click(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    example = page.locator(".example").first
    words = example.inner_text()
    example.click()
    expect(page.locator(".turn.reply")).to_have_count(1)
    assert page.locator(".own-words").inner_text().startswith(words[:25])
    expect(page.locator(".example")).to_have_count(0)


def test_shift_enter_begins_a_line_and_enter_sends(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    box = page.get_by_label("What is going on?")
    box.press_sequentially("My team misses dates.")
    box.press("Shift+Enter")
    box.press_sequentially("Nobody says why.")
    expect(box).to_have_value("My team misses dates.\nNobody says why.")
    box.press("Enter")
    expect(page.locator(".turn.reply")).to_have_count(1)


def test_markup_in_a_message_is_shown_as_it_was_typed(open_page: Open):
    from playwright.sync_api import expect

    page = open_page()
    tell(page, HOSTILE)
    expect(page.locator(".own-words")).to_contain_text("<img src=x onerror=")
    assert page.locator("#conversation img").count() == 0
    assert page.title() == "Twofold"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_headings_labels_and_the_live_region_are_there(open_page: Open, scheme: Any):
    from playwright.sync_api import expect

    page = open_page()
    page.emulate_media(color_scheme=scheme)
    tell(page, SITUATION)
    expect(page.get_by_role("heading", level=1, name="Twofold")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="You wrote")).to_be_visible()
    region = page.get_by_role("region", name="Conversation")
    expect(region).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
