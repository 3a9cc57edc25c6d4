"""People as organizers type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.people import ContactDetails, contact, written
from townhall.errors import InputError


@pytest.mark.parametrize(
    "line, details",
    [
        (
            "Amina Diallo <amina@example.org> ar",
            ContactDetails("Amina Diallo", "amina@example.org", "ar"),
        ),
        (
            "Amina Diallo <amina@example.org>",
            ContactDetails("Amina Diallo", "amina@example.org", "en"),
        ),
        ("amina@example.org ar", ContactDetails("amina", "amina@example.org", "ar")),
        (
            "Diallo, Amina <amina@example.org>",
            ContactDetails("Diallo, Amina", "amina@example.org", "en"),
        ),
        (
            "Diallo; Amina (Dakar) < amina@example.org > ar",
            ContactDetails("Diallo; Amina (Dakar)", "amina@example.org", "ar"),
        ),
        (
            '"Diallo, \\"Mia\\" Amina" <amina@example.org>',
            ContactDetails('Diallo, "Mia" Amina', "amina@example.org", "en"),
        ),
        (
            'Amina "Mia" Diallo <amina@example.org>',
            ContactDetails('Amina "Mia" Diallo', "amina@example.org", "en"),
        ),
        ("<amina@example.org>", ContactDetails("amina", "amina@example.org", "en")),
        ("Amina@Example.org", ContactDetails("Amina", "Amina@Example.org", "en")),
    ],
)
def test_contact_is_read_from_a_line(line, details):
    assert contact(line, "en", "contacts") == details


@pytest.mark.parametrize("line", ["Amina Diallo", "ar", "", "Amina <amina.example.org>"])
def test_contact_without_an_address_is_refused(line):
    with pytest.raises(InputError, match="is not a contact such as") as error:
        contact(line, "en", "contacts")
    assert error.value.field == "contacts"


@pytest.mark.parametrize(
    "line",
    [
        "Amina <amína@example.org>",
        "Amina <amina@example.org> and more",
        f"{'a' * 201} <amina@example.org>",
    ],
)
def test_contact_that_no_mail_can_carry_is_refused_in_the_callers_words(line):
    with pytest.raises(InputError) as error:
        contact(line, "en", "contacts")
    assert error.value.field == "contacts"


def test_contacts_of_one_mailbox_have_one_key():
    assert ContactDetails("Amina", "Amina@Example.org").key == "amina@example.org"


@given(
    st.text('abcdefghéłñ ,;:."\\()@', min_size=1).map(str.strip).filter(bool),
    st.sampled_from(["en", "ar"]),
)
def test_contact_reads_what_was_written(name, language):
    details = ContactDetails(" ".join(name.split()), "amina@example.org", language)
    assert contact(written(details), "en", "contacts") == details
