"""Segments promise: what the carrier bills is what the editor showed (3GPP TS 23.038)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.compose.sms_text import GSM_BASIC, GSM_EXTENSION, measure


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "units"),
    [
        ("", "GSM-7", 0, 0),
        ("Your order is ready.", "GSM-7", 1, 20),
        ("a" * 160, "GSM-7", 1, 160),
        ("a" * 161, "GSM-7", 2, 161),
        ("a" * 306, "GSM-7", 2, 306),
        ("a" * 307, "GSM-7", 3, 307),
        ("€" * 80, "GSM-7", 1, 160),
        ("€" * 81, "GSM-7", 2, 162),
        ("ж" * 70, "UCS-2", 1, 70),
        ("ж" * 71, "UCS-2", 2, 71),
        ("ж" * 134, "UCS-2", 2, 134),
        ("ж" * 135, "UCS-2", 3, 135),
        ("👕" * 35, "UCS-2", 1, 70),
        ("👕" * 36, "UCS-2", 2, 72),
    ],
)
def test_known_texts_are_counted_as_carriers_count_them(text, encoding, segments, units):
    measured = measure(text)

    assert (measured.encoding, measured.segments, measured.units) == (encoding, segments, units)


def test_an_extension_character_is_never_split_over_two_segments():
    # 152 septets, then one of two: it begins the second segment, so 305 units fill one more than arithmetic says.
    assert measure("a" * 152 + "€" + "a" * 151).segments == 2
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3
    assert measure("a" * 153 + "€" + "a" * 151).segments == 2


def test_a_surrogate_pair_is_never_split_over_two_segments():
    assert measure("ж" * 66 + "👕" + "ж" * 65).segments == 2
    assert measure("ж" * 66 + "👕" + "ж" * 66).segments == 3


def test_the_characters_that_force_ucs_2_are_named_once_each():
    measured = measure("It’s ready – it’s here 👕 for $5 {net} € ~")

    assert measured.forcing == ("’", "–", "👕")


def test_one_curly_quote_more_than_halves_what_fits():
    assert measure("a" * 159 + "'").segments == 1
    assert measure("a" * 159 + "’").segments == 3


def test_the_gsm_alphabet_has_its_127_characters_and_its_extension():
    # 128 places less the escape; the extension has ten in the standard's default table.
    assert len(GSM_BASIC) == 127
    assert set("\f^{}\\[~]|€") == GSM_EXTENSION


@given(st.text(st.sampled_from("aé€[👕ж"), max_size=700))
def test_segments_hold_all_units_and_waste_at_most_one_each(text):
    measured = measure(text)
    alone, joined = (160, 153) if measured.encoding == "GSM-7" else (70, 67)

    if measured.segments <= 1:
        assert measured.units <= alone
    else:
        assert measured.units <= measured.segments * joined
        assert measured.units > (measured.segments - 1) * (joined - 1)
