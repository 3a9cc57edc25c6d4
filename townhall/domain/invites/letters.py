"""Mails without a calendar entry: signing in, registering, and news of a question."""

from enum import StrEnum

from townhall.domain.invites.letter import (
    Block,
    Button,
    Digits,
    Letter,
    Line,
    Link,
    Typed,
    isolated,
)
from townhall.domain.invites.notice import DEMONSTRATION
from townhall.i18n import N_, Speech


class News(StrEnum):
    """What an asker hears of a question."""

    APPROVED = "approved"
    DECLINED = "declined"
    NEXT = "next"
    ANSWERED = "answered"


SUBJECTS: dict[News, str] = {
    News.APPROVED: N_("Your question is on the board: %(title)s"),
    News.DECLINED: N_("Your question was not taken: %(title)s"),
    News.NEXT: N_("Your question is next: %(title)s"),
    News.ANSWERED: N_("Your question has an answer: %(title)s"),
}

OPENINGS: dict[News, str] = {
    News.APPROVED: N_("Your question for “%(title)s” is on the board, where others can back it."),
    News.DECLINED: N_("Your question for “%(title)s” was not taken."),
    News.NEXT: N_("Your question for “%(title)s” is the next to be answered."),
    News.ANSWERED: N_("Your question for “%(title)s” has an answer."),
}

LABELS: dict[News, str] = {
    News.APPROVED: N_("The moderators say:"),
    News.DECLINED: N_("The reason:"),
    News.NEXT: N_("The moderators say:"),
    News.ANSWERED: N_("The answer:"),
}
"""What stands above the words that came with the news, if there are any."""

BUTTONS: dict[News, str] = {
    News.APPROVED: N_("See the board"),
    News.DECLINED: N_("See your question"),
    News.NEXT: N_("Follow the event"),
    News.ANSWERED: N_("See the answer"),
}


def sign_in(link: str, digits: str, minutes: int, speech: Speech, *, demo: bool = False) -> Letter:
    """Return the letter with which a person signs in.

    Args:
        link: A page with a button; opening it signs nobody in, since mail scanners open links.
        digits: The six-digit code for another device.
        minutes: How long both hold.
        speech: The recipient's language.
        demo: Whether to say that this is a demonstration.
    """
    hold = speech.ngettext(
        "The link and the code hold for %(num)s minute and work once.",
        "The link and the code hold for %(num)s minutes and work once.",
        minutes,
    )
    blocks: list[Block] = [
        Line(speech.gettext("Sign in to townhall with this link or this code."), strong=True),
        Button(speech.gettext("Sign in"), link),
        Digits(speech.gettext("The code, for the page that asks for it:"), digits),
        Line(hold),
        Line(speech.gettext("If you did not ask for this, do nothing: nobody was signed in.")),
    ]
    if demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    subject = speech.gettext("Sign in to townhall")
    return Letter(subject, tuple(blocks), speech.language, speech.direction)


def registering(title: str, link: str, hours: int, speech: Speech, *, demo: bool = False) -> Letter:
    """Return the letter that asks whether an address is its owner's wish.

    Args:
        title: The town hall's, one line.
        link: A page with a button; opening it registers nobody, since mail scanners open links.
        hours: How long it holds.
        speech: The language of the page on which the address was typed.
        demo: Whether to say that this is a demonstration.
    """
    said = isolated(title, speech)
    hold = speech.ngettext(
        "The link holds for %(num)s hour.", "The link holds for %(num)s hours.", hours
    )
    doubt = speech.gettext(
        "If it was not you, do nothing: no mail about it will come, and the address is forgotten."
    )
    blocks: list[Block] = [
        Line(
            speech.gettext("Do you wish to be told of “%(title)s” by mail?", title=said),
            strong=True,
        ),
        Line(speech.gettext("Somebody typed this address on its page; we hope it was you.")),
        Button(speech.gettext("See the page, and say yes"), link),
        Line(hold),
        Line(doubt),
    ]
    if demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    subject = speech.gettext("Please confirm: mail about %(title)s", title=title)
    return Letter(subject, tuple(blocks), speech.language, speech.direction)


def question_news(
    news: News,
    title: str,
    question: str,
    link: str,
    speech: Speech,
    *,
    words: str = "",
    leave_url: str = "",
    demo: bool = False,
) -> Letter:
    """Return the letter that tells an asker what became of a question.

    Args:
        news: What happened.
        title: The town hall's, one line.
        question: As it was asked.
        link: Where to see it.
        speech: The asker's language.
        words: The answer or the reason, if there are any.
        leave_url: Where to say that no more news is wanted.
        demo: Whether to say that this is a demonstration.
    """
    said = isolated(title, speech)
    blocks: list[Block] = [Line(speech.gettext(OPENINGS[news], title=said), strong=True)]
    if words:
        blocks.append(Typed(words, speech.gettext(LABELS[news])))
    blocks.append(Typed(question, speech.gettext("You asked:")))
    blocks.append(Button(speech.gettext(BUTTONS[news]), link))
    if leave_url:
        label = speech.gettext("To hear no more of this question, open this link:")
        blocks.append(Link(label, leave_url))
    if demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    subject = speech.gettext(SUBJECTS[news], title=title)
    return Letter(subject, tuple(blocks), speech.language, speech.direction)
