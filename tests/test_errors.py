"""An error is one sentence on one line, whatever the caller wrote."""

from townhall.errors import InputError


def test_error_names_its_field_on_one_line():
    assert str(InputError("Wrong.", field="a\nb")) == "a\\nb: Wrong."


def test_field_that_no_encoding_can_carry_is_written_out():
    error = InputError("Wrong.", field="site_weights.\ud800")
    assert str(error).encode() == b"site_weights.\\ud800: Wrong."


def test_field_in_any_script_stays_as_it_is():
    assert InputError("Wrong.", field="مقعد.zone").field == "مقعد.zone"
