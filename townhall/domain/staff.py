"""The people who run a town hall and are invited to its sittings: their parts."""

from dataclasses import dataclass
from enum import StrEnum

from townhall.domain import zones
from townhall.domain.access import Role
from townhall.domain.people import ContactDetails
from townhall.domain.states import ContactKind
from townhall.i18n import N_


class StaffRole(StrEnum):
    """What somebody of the team does at the sittings."""

    ORGANIZER = "organizer"
    HOST = "host"
    MODERATOR = "moderator"
    INTERPRETER = "interpreter"
    TECHNICIAN = "technician"
    OTHER = "other"


ROLE_NAMES: dict[StaffRole, str] = {
    StaffRole.ORGANIZER: N_("organizer"),
    StaffRole.HOST: N_("host"),
    StaffRole.MODERATOR: N_("moderator"),
    StaffRole.INTERPRETER: N_("interpreter"),
    StaffRole.TECHNICIAN: N_("technician"),
    StaffRole.OTHER: N_("another part"),
}

_OF_ACCOUNTS: dict[Role, StaffRole] = {
    Role.OWNER: StaffRole.ORGANIZER,
    Role.PRODUCER: StaffRole.ORGANIZER,
    Role.MODERATOR: StaffRole.MODERATOR,
    Role.HOST: StaffRole.HOST,
    Role.PRESENTER: StaffRole.TECHNICIAN,
}


@dataclass(frozen=True, slots=True)
class StaffDetails:
    """What organizers say of somebody of the team whom they invite.

    Args:
        zone: The zone of their clock; None for headquarters'.
        required: Whether they have to be there.

    Raises:
        InputError: Field `zone`: it is not known.
    """

    contact: ContactDetails
    role: StaffRole = StaffRole.OTHER
    zone: str | None = None
    required: bool = True

    def __post_init__(self) -> None:
        """Refuse a clock that nobody could tell the hour on."""
        if self.zone is not None:
            zones.require(self.zone, "zone")


def part_of(role: Role) -> StaffRole:
    """Return the part that is proposed for an account's role in the town hall."""
    return _OF_ACCOUNTS.get(role, StaffRole.OTHER)


def kind_of(role: StaffRole) -> ContactKind:
    """Return as what somebody with this part is invited: who hosts leads the sitting."""
    return ContactKind.HOST if role is StaffRole.HOST else ContactKind.STAFF
