import pytest

from model.prediction.fonts import default_font, find_font


def test_english_uses_the_default_font() -> None:
    assert find_font("12 happy ?") is default_font


@pytest.mark.parametrize("letters", ["1 fröhlich", "2 радость", "3 ñçé ?"])
def test_other_alphabets_have_a_font(letters: str) -> None:
    make = find_font(letters)
    assert make not in (None, default_font)
    assert make is not None
    assert make(30).getbbox(letters)[2] > make(15).getbbox(letters)[2] > 0


def test_letters_that_no_font_has() -> None:
    assert find_font("1 ख़ुश") is None
