"""Plainer characters promise: what makes a text dearer is replaced by what says the same and costs less."""

import pytest

from engine.compose.plainer import replacement
from engine.compose.sms_text import measure


@pytest.mark.parametrize("mark", "‘’“”–—…•½\u00a0\u202f\u200bêčŁ×™")
def test_a_replacement_never_makes_a_text_dear(mark):
    plain = replacement(mark)

    assert plain is None or measure(plain).encoding == "GSM-7"


@pytest.mark.parametrize(("mark", "plain"), [("’", "'"), ("–", "-"), ("…", "..."), ("ê", "e"), ("\u00a0", " ")])
def test_typography_and_accents_have_one(mark, plain):
    assert replacement(mark) == plain


@pytest.mark.parametrize("mark", ["👕", "字", "ж"])
def test_what_has_no_equal_stays(mark):
    assert replacement(mark) is None
