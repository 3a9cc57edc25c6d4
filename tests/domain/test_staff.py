"""The parts that people of the team have, and as what they are invited."""

import pytest

from townhall.domain import staff
from townhall.domain.access import Role
from townhall.domain.people import ContactDetails
from townhall.domain.staff import StaffDetails, StaffRole
from townhall.domain.states import ContactKind
from townhall.errors import InputError

AMINA = ContactDetails("Amina Diallo", "amina@example.org")


def test_who_hosts_leads_the_sitting_and_nobody_else_does():
    leads = {role for role in StaffRole if staff.kind_of(role) is ContactKind.HOST}
    assert leads == {StaffRole.HOST}
    assert {staff.kind_of(role) for role in set(StaffRole) - leads} == {ContactKind.STAFF}


@pytest.mark.parametrize(
    "role, part",
    [
        (Role.OWNER, StaffRole.ORGANIZER),
        (Role.PRODUCER, StaffRole.ORGANIZER),
        (Role.MODERATOR, StaffRole.MODERATOR),
        (Role.HOST, StaffRole.HOST),
        (Role.PRESENTER, StaffRole.TECHNICIAN),
        (Role.VIEWER, StaffRole.OTHER),
    ],
)
def test_an_account_s_role_proposes_a_part(role, part):
    assert staff.part_of(role) is part


def test_every_part_has_a_name():
    assert set(staff.ROLE_NAMES) == set(StaffRole)


def test_a_clock_is_a_known_one_or_headquarters():
    assert StaffDetails(AMINA).zone is None
    assert StaffDetails(AMINA, zone="Africa/Dakar").zone == "Africa/Dakar"
    with pytest.raises(InputError, match="Atlantis") as refused:
        StaffDetails(AMINA, zone="Atlantis")
    assert refused.value.field == "zone"
