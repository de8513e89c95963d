import pytest

from model.prediction.fonts import default_font, find_font


def test_english_is_written_in_the_plain_font() -> None:
    assert find_font("12 happy ?") is default_font


@pytest.mark.parametrize("letters", ["1 fröhlich", "2 радость", "3 ñçé ?"])
def test_other_alphabets_have_a_font(letters: str) -> None:
    make = find_font(letters)
    assert make not in (None, default_font)
    assert make is not None
    assert make(30).getbbox(letters)[2] > make(15).getbbox(letters)[2] > 0


def test_where_no_font_has_the_letters_there_is_none() -> None:
    assert find_font("1 ख़ुश") is None
