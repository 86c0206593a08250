"""The review page in a headless Chromium: decisions, touched-up masks and a second tab.

CHROMIUM names the browser; SCREENSHOTS a folder to put pictures of the page into.
"""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.dataset.decisions import read_decisions
from anomaly_agent.agent.dataset.stored import open_stored

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, server):
    """Opens the page in a tab of its own; what goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    problems = []

    def open_tab(address=server.address):
        tab = context.new_page()
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.goto(address)
        if address == server.address:
            shows(tab, 0)
        return tab

    yield open_tab
    context.close()
    assert not problems


def shows(tab, number):
    tab.wait_for_selector(f'#stage[data-shown="{number}"]')


def says(tab, text, where="#message"):
    tab.locator(where, has_text=text).wait_for()


def shot(tab, name):
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        tab.wait_for_timeout(400)
        tab.screenshot(path=Path(folder) / f"{name}.png")


def words(root):
    (item,) = open_stored(root)
    found = [sample.decisions.review for sample in item.samples]
    return ["-" if word is None else "accept" if word.kept else "reject" for word in found]


def draw(tab, start, end):
    """A stroke between two points in px of the image."""
    place = tab.evaluate("() => { const b = document.getElementById('overlay').getBoundingClientRect(); "
                         "return [b.left, b.top, b.width / document.getElementById('overlay').width] }")  # fmt: skip
    points = [(place[0] + x * place[2], place[1] + y * place[2]) for x, y in (start, end)]
    tab.mouse.move(*points[0])
    tab.mouse.down()
    tab.mouse.move(*points[1], steps=8)
    tab.mouse.up()
    tab.wait_for_timeout(50)


def mask_of(root, number):
    return np.asarray(Image.open(open_stored(root)[0].samples[number].entry.mask))


def test_accept_reject_undo_and_step_by_keyboard(open_page, data_set):
    tab = open_page()
    shot(tab, "review")
    for number, key in enumerate("ara", 1):
        tab.keyboard.press(key)
        shows(tab, number)
    assert words(data_set)[:4] == ["accept", "reject", "accept", "-"]
    tab.keyboard.press("u")
    shows(tab, 2)
    assert words(data_set)[:4] == ["accept", "reject", "-", "-"]
    tab.keyboard.press("u")
    shows(tab, 1)
    assert words(data_set)[:4] == ["accept", "-", "-", "-"]
    tab.keyboard.press("ArrowRight")
    shows(tab, 2)
    tab.keyboard.press("k")
    shows(tab, 1)
    tab.click("#reject")
    shows(tab, 2)
    tab.reload()
    shows(tab, 0)
    assert "accepted" in tab.inner_text("#standing")
    assert words(data_set)[:3] == ["accept", "reject", "-"]
    assert "2 of 8 decided, 7 kept" in tab.inner_text("#count")


def test_filters(open_page, data_set):
    tab = open_page()
    tab.select_option("#type", "oil_stain")
    (item,) = open_stored(data_set)
    stains = [number for number, sample in enumerate(item.samples) if sample.anomaly == "oil_stain"]
    shows(tab, stains[0])
    assert tab.locator("#list button").count() == len(stains) == 4
    tab.select_option("#show", "undecided")
    for number in stains[1:]:
        tab.keyboard.press("a")
        shows(tab, number)
    tab.keyboard.press("r")
    tab.wait_for_selector("#empty:not([hidden])")
    tab.keyboard.press("a")  # nothing is shown, nothing is decided
    assert [words(data_set)[number] for number in stains] == ["accept"] * 3 + ["reject"]
    tab.select_option("#show", "rejected")
    shows(tab, stains[-1])


def test_a_mask_is_touched_up_and_stays(open_page, data_set):
    first = mask_of(data_set, 0)
    tab = open_page()
    tab.keyboard.press("e")
    draw(tab, (20, 100), (60, 100))
    shot(tab, "touch_up")
    tab.keyboard.press("x")
    draw(tab, (30, 100), (32, 100))
    draw(tab, (0, 64), (127, 64))
    tab.keyboard.press("z")  # the last stroke, across the whole picture, is taken back
    tab.keyboard.press("Enter")
    says(tab, "mask saved")
    mask = mask_of(data_set, 0)
    assert set(np.unique(mask)) == {0, 255}
    assert (mask[98:102, 45:58] == 255).all() and (mask[99:101, 28:33] == 0).all()
    away = np.ones(mask.shape, bool)
    away[88:112, 8:72] = False
    assert (mask[away] == first[away]).all()
    assert "touched up" in tab.inner_text("#facts")
    tab.reload()
    shows(tab, 0)
    assert "touched up" in tab.inner_text("#facts")
    seen = tab.evaluate("""async () => {
      const image = new Image(); image.src = 'mask?sample=0'; await image.decode()
      const canvas = document.createElement('canvas'); canvas.width = image.width; canvas.height = image.height
      const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0)
      return Array.from(pen.getImageData(0, 0, image.width, image.height).data).filter((_, at) => at % 4 === 0)
    }""")
    assert (np.array(seen).reshape(mask.shape) == mask).all()
    tab.keyboard.press("e")
    tab.click("#first")
    says(tab, "as it was made", "#facts")
    assert (mask_of(data_set, 0) == first).all()


def test_a_mask_that_was_cancelled_or_is_empty_is_not_saved(open_page, data_set):
    first = mask_of(data_set, 0)
    tab = open_page()
    tab.keyboard.press("e")
    draw(tab, (20, 100), (60, 100))
    tab.keyboard.press("Escape")
    shows(tab, 0)
    tab.keyboard.press("e")
    tab.keyboard.press("x")
    for _ in range(40):
        tab.keyboard.press("]")
    for y in range(0, 130, 30):
        draw(tab, (0, y), (127, y))
    tab.keyboard.press("Enter")
    says(tab, "empty")
    assert (mask_of(data_set, 0) == first).all() and read_decisions(data_set).revision == 0


def test_a_second_tab_sees_what_the_first_did_and_loses_nothing(open_page, data_set):
    one, two = open_page(), open_page()
    one.bring_to_front()
    one.keyboard.press("r")
    shows(one, 1)
    two.bring_to_front()
    two.keyboard.press("a")
    says(two, "meanwhile")
    shot(two, "second_tab")
    assert words(data_set)[0] == "reject"
    assert "rejected" in two.inner_text("#standing")
    two.keyboard.press("a")
    shows(two, 1)
    assert words(data_set)[0] == "accept"
    one.bring_to_front()
    # A drawing in the first tab stays open over a decision in the second.
    one.keyboard.press("e")
    draw(one, (20, 100), (60, 100))
    one.keyboard.press("Enter")
    says(one, "still open")
    one.keyboard.press("Enter")
    says(one, "mask saved")
    assert (mask_of(data_set, 1)[98:102, 25:55] == 255).all() and words(data_set)[0] == "accept"


def test_a_page_of_another_origin_can_neither_read_nor_write(browser, server, data_set, tmp_path):
    (tmp_path / "evil.html").write_text("<!doctype html><title>other</title>")
    context = browser.new_context()
    context.route(
        "http://evil.example/*", lambda route: route.fulfill(body="<title>other</title>", content_type="text/html")
    )
    tab = context.new_page()
    tab.goto("http://evil.example/")
    attack = """async ([address, mode]) => {
      try { const r = await fetch(address, { method: 'POST', body: 'reject', mode }); return r.status } catch { return 'refused' }
    }"""
    write = f"{server.address}decision?sample=0&revision=0"
    assert tab.evaluate(attack, [write, "cors"]) == "refused"
    tab.evaluate(attack, [write, "no-cors"])
    seen = tab.evaluate("""(address) => new Promise((done) => {
      const image = new Image(); image.onload = () => done('seen'); image.onerror = () => done('refused'); image.src = address
    })""", f"{server.address}image?sample=0")  # fmt: skip
    assert seen == "refused"
    assert not (data_set / "decisions.json").exists()
    context.close()


def test_a_page_without_the_token_is_refused(open_page, server):
    tab = open_page(f"http://127.0.0.1:{server.server_address[1]}/")
    assert "token" in json.loads(tab.inner_text("body"))["error"]
