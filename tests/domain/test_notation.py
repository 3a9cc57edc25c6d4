import pytest

from townhall.domain import notation
from townhall.errors import InputError


@pytest.mark.parametrize(
    "octets, name",
    [
        (b'{"minutes": 60}', "plan.json"),
        (b"minutes = 60", "plan.toml"),
        (b' \n{"minutes": 60}', ""),
        (b"minutes = 60", "<stdin>"),
        (b'\xef\xbb\xbf{"minutes": 60}', "-"),
    ],
)
def test_notation_is_known_by_the_files_name_or_its_first_character(octets, name):
    assert notation.read(octets, name) == {"minutes": 60}


@pytest.mark.parametrize(
    "octets, name, sentence",
    [
        (b'{"a": 1, "a": 1}', "", "The field “a” is given twice."),
        (b'{"seats": [{"b": 1, "a": 1, "a": 2}]}', "", "The field “a” is given twice."),
        (b'{"a": NaN}', "", "NaN is not a number of JSON."),
        (b'{"a": -Infinity}', "", "-Infinity is not a number of JSON."),
        (
            b'{"a": ',
            "",
            "This is not readable as JSON: Expecting value: line 1 column 7 (char 6).",
        ),
        (
            b"",
            "plan.json",
            "This is not readable as JSON: Expecting value: line 1 column 1 (char 0).",
        ),
        (
            b"a = 1\na = 2",
            "",
            "This is not readable as TOML: Cannot overwrite a value (at end of document).",
        ),
        (b"\xff", "", "This is not UTF-8 text: octet 0 cannot be read."),
        (b'{"a": ' + b"[" * 100_000, "", "This is not readable as JSON: nested too deeply."),
        (b"a = " + b"[" * 100_000, "", "This is not readable as TOML: nested too deeply."),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_sentence(octets, name, sentence):
    with pytest.raises(InputError) as caught:
        notation.read(octets, name)
    assert str(caught.value) == sentence


def test_number_too_long_to_read_is_refused():
    with pytest.raises(InputError, match="not readable as JSON"):
        notation.from_json('{"a": ' + "9" * 5000 + "}")
