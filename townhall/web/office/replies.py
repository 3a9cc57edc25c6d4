"""What both pages that take an answer share: reading it, saying when and whether it counts."""

from townhall.domain.countdown import countdown
from townhall.domain.replies import Reply, Standing, standing
from townhall.domain.states import PartStat
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.models.invitations import Invitation
from townhall.models.planning import Sitting
from townhall.web import forms
from townhall.web.context import now, words

ANSWER_NAMES: dict[PartStat, str] = {
    PartStat.NEEDS_ACTION: N_("has not answered"),
    PartStat.ACCEPTED: N_("comes"),
    PartStat.TENTATIVE: N_("may come"),
    PartStat.DECLINED: N_("does not come"),
}


def reply() -> Reply:
    """Return what the posted form answers.

    Raises:
        InputError: Fields `answer`, `note` and `sequence`.
    """
    value = forms.text("answer")
    if value not in set(PartStat):
        raise InputError(
            N_("“%(value)s” is not an answer: choose yes, maybe or no."),
            field="answer",
            value=value[:40],
        )
    return Reply(PartStat(value), forms.whole("sequence"), forms.text("note"))


def stands(invitation: Invitation) -> Standing:
    """Return whether an invitation can be answered now."""
    sitting = invitation.sitting
    return standing(sitting.state, sitting.ends_at, invitation.removed_at, now=now())


def time_left(sitting: Sitting) -> str:
    """Return how long until a sitting starts, as a sentence."""
    return countdown(sitting.starts_at, sitting.ends_at, words(), now=now())
