"""The letter promises to fit a small phone and a wide window, by day and by night, and to load nothing by itself."""

import pytest

from engine.catalog.rules import rule
from engine.compose import render, values, wording
from tests.compose.wordings import write

pytestmark = pytest.mark.browser

LIGHT, DARK = "rgb(255, 253, 249)", "rgb(31, 29, 26)"


def letter() -> str:
    reminder = rule("invoice_overdue_email")
    sample = values.sample(reminder, "several invoices, 12 days")
    return render.compiled(reminder, wording.default(reminder.key)).render(sample).html


@pytest.mark.parametrize("width", [320, 640])
@pytest.mark.parametrize(("scheme", "paper"), [("light", LIGHT), ("dark", DARK)])
def test_it_fits_and_wears_the_readers_colours(browser, width, scheme, paper):
    page = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.set_content(letter())

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor") == paper
    assert page.locator(".button-link").bounding_box()["height"] >= 44
    assert asked == []
    page.close()


def test_a_word_without_end_does_not_widen_the_page(browser):
    page = browser.new_page(viewport={"width": 320, "height": 700})

    body = "{{ job_title }}\n\n[{{ job_title }}]({{ portal_url }})"
    page.set_content(write(body, job_title="x" * 400, shop_name="Siebdruckmanufakturhamburg").html)

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_paper(browser, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.set_content(letter())

    ratios = page.evaluate(
        """() => {
            const light = (c) => {
                const [r, g, b] = c.match(/[\\d.]+/g).map((v) => v / 255)
                    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ratio = (ink, paper) => {
                const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
                return (a + 0.05) / (b + 0.05);
            };
            const style = (name) => getComputedStyle(document.querySelector(name));
            const sheet = style('.sheet').backgroundColor;
            return [
                ratio(style('.main').color, sheet), ratio(style('.foot').color, sheet),
                ratio(style('.figures-head').color, sheet), ratio(style('.foot-link').color, sheet),
                ratio(style('.button-link').color, style('.button-cell').backgroundColor),
            ];
        }"""
    )

    assert min(ratios) >= 4.5
    page.close()
