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
        (b'{"a": 1, "a": 1}', "", "a: The field “a” is given twice."),
        (b'{"s": [{"b": 1}, {"a": 1, "a": 2}]}', "", "s[1].a: The field “a” is given twice."),
        (b'{"b": [1], "a": NaN}', "", "a: NaN is not a number of JSON."),
        (b"-Infinity", "plan.json", "-Infinity is not a number of JSON."),
        (
            b'{"s": [{"a": -' + b"9" * 301 + b"}]}",
            "",
            f"s[0].a: -{'9' * 38}… has 301 digits; the most is 300.",
        ),
        (
            b"a = " + b"9_" * 4400 + b"9",
            "",
            f"{'9_' * 19}9… has 4401 digits; the most is 300.",
        ),
        (
            b'{"a": \n',
            "",
            "This is not readable as JSON: it ends in line 2, before it is whole.",
        ),
        (
            b'{\n"a": nil}\n',
            "",
            "This is not readable as JSON: line 2, from “nil}” on.",
        ),
        (
            b"{" + b"x" * 50,
            "",
            f"This is not readable as JSON: line 1, from “{'x' * 39}…” on.",
        ),
        (
            b"",
            "plan.json",
            "This is not readable as JSON: it ends in line 1, before it is whole.",
        ),
        (
            b"\n",
            "plan.json",
            "This is not readable as JSON: it ends in line 2, before it is whole.",
        ),
        (
            b"a = 1\na = 2",
            "",
            "This is not readable as TOML: line 2, from “a = 2” on.",
        ),
        (
            b"a = \nb = 2",
            "",
            "This is not readable as TOML: line 1, from “a =” on.",
        ),
        (b"\xff", "", "This is not UTF-8 text: octet 0 cannot be read."),
        (b'{"a": ' + b"[" * 100_000, "", "This is not readable as JSON: it is nested too deeply."),
        (b"a = " + b"[" * 100_000, "", "This is not readable as TOML: it is nested too deeply."),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_sentence(octets, name, sentence):
    with pytest.raises(InputError) as caught:
        notation.read(octets, name)
    assert str(caught.value) == sentence


def test_numbers_are_read_whole():
    assert notation.from_json("9" * 300) == notation.from_toml("a = " + "9" * 300)["a"]
