"""A shop's own colour promises to be readable, whichever it is, by day and by night."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.rules import rule
from engine.compose import colours, render, values, wording
from engine.compose.colours import DARK_PAPER, PAPER, READABLE, contrast

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOUR)
def test_text_of_any_colour_can_be_read(colour):
    shades = colours.shades(colour)

    assert shades.accent == colour
    for ink, ground in (
        (shades.link, PAPER),
        (shades.on_accent, shades.accent),
        (shades.dark_accent, DARK_PAPER),
        (shades.on_dark_accent, shades.dark_accent),
    ):
        assert contrast(ink, ground) >= READABLE


@pytest.mark.parametrize("wrong", [None, "", "red", "#fff", "#12345g", "#1f4fa3; }", "expression(alert(1))"])
def test_what_is_no_colour_is_press_blue(wrong):
    assert colours.shades(wrong) == colours.shades(colours.PRESS_BLUE)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_an_email_wears_the_shop_s_colour_and_no_name_of_a_colour_is_left_in_it():
    letter = rule("art_approval_email")
    given = values.sample(letter) | {"job_title": "Shirts in accent-colour, please"}

    html = render.compiled(letter, wording.default(letter.key), "#ffd400").render(given).html

    assert "background-color:#ffd400" in html.replace(": ", ":")
    assert html.count("-colour") == html.count("Shirts in accent-colour")
    assert colours.PRESS_BLUE not in html
