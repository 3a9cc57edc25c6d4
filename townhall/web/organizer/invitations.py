"""The draft and its preview, sending, cancelling; the mail that went out."""

from datetime import datetime

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.reasons import Reasons
from townhall.errors import NotFoundError
from townhall.queries import invitations as queries
from townhall.queries import planning
from townhall.services import notices, promises, sittings
from townhall.services.outbox import resend as send_again
from townhall.web import forms
from townhall.web.context import actor, db, feed, now, town_hall, words
from townhall.web.organizer import bp, mails
from townhall.web.security import CSP
from townhall.web.senders import sender


@bp.get("/t/<code>/draft")
def draft(code: str) -> ResponseReturnValue:
    """Show what sending the draft would do: who gets which mail and why, and what it costs."""
    hall = town_hall()
    if hall.draft is None:
        return redirect(url_for(".overview", code=code), 303)
    return framing(
        render_template(
            "organizer/draft.html",
            hall=hall,
            draft=hall.draft,
            people=queries.addressees(db(), hall.draft),
            option=_option(hall.draft.starts_at),
            reasons=Reasons(words()),
        )
    )


@bp.get("/t/<code>/draft/<int:number>")
def draft_mail(code: str, number: int) -> ResponseReturnValue:
    """Return the page of the mail that the draft's person `number`, from 1, would get."""
    del code
    hall = town_hall()
    people = queries.addressees(db(), hall.draft) if hall.draft else []
    if hall.draft is None or not 1 <= number <= len(people):
        raise NotFoundError
    octets = notices.preview(
        hall.draft, people[number - 1], sender(), now=now().replace(microsecond=0)
    )
    return shut_in(mails.read(octets))


@bp.post("/t/<code>/send")
def send(code: str) -> ResponseReturnValue:
    """Apply the draft and queue its mails."""
    sittings.send(
        db(),
        feed(),
        actor(),
        code,
        sender(),
        version=forms.version(),
        note=forms.text("note"),
        now=now(),
    )
    return redirect(url_for(".outbox", code=code), 303)


@bp.post("/t/<code>/discard")
def discard(code: str) -> ResponseReturnValue:
    """Throw the draft away."""
    sittings.discard(db(), actor(), code, now=now())
    return redirect(url_for(".planner", code=code), 303)


@bp.post("/t/<code>/revise")
def revise(code: str) -> ResponseReturnValue:
    """Make a draft that tells people what the town hall says by now."""
    sittings.revise(db(), actor(), code, now=now())
    return redirect(url_for(".draft", code=code), 303)


@bp.post("/t/<code>/call-off")
def call_off(code: str) -> ResponseReturnValue:
    """Make a draft that cancels the sitting."""
    sittings.call_off(db(), actor(), code, now=now())
    return redirect(url_for(".draft", code=code), 303)


@bp.post("/t/<code>/keep-instant")
def keep_instant(code: str) -> ResponseReturnValue:
    """Promise each seat what its clock shows now, and tell those whose time moved."""
    promises.keep_instant(db(), feed(), actor(), code, sender(), version=forms.version(), now=now())
    return redirect(url_for(".outbox", code=code), 303)


@bp.get("/t/<code>/mail")
def outbox(code: str) -> ResponseReturnValue:
    """Show every mail of the town hall and where it is on its way."""
    del code
    hall = town_hall()
    return render_template(
        "organizer/outbox.html",
        hall=hall,
        mails=queries.mails(db(), hall),
        counts=queries.mail_counts(db(), hall),
    )


@bp.get("/t/<code>/mail/<mail>")
def mail(code: str, mail: str) -> ResponseReturnValue:
    """Show one mail as its reader sees it, and as it was sent."""
    del code
    row = queries.mail(db(), town_hall(), mail)
    return framing(
        render_template(
            "organizer/mail.html", hall=town_hall(), mail=row, shown=mails.read(row.octets)
        )
    )


@bp.get("/t/<code>/mail/<mail>/page")
def mail_page(code: str, mail: str) -> ResponseReturnValue:
    """Return the mail's own page, shut in: no script, no form, no address of ours."""
    del code
    return shut_in(mails.read(queries.mail(db(), town_hall(), mail).octets))


@bp.get("/t/<code>/mail/<mail>/octets")
def mail_octets(code: str, mail: str) -> ResponseReturnValue:
    """Return the whole message as a file."""
    del code
    row = queries.mail(db(), town_hall(), mail)
    if row.octets is None:
        raise NotFoundError
    response = Response(row.octets, content_type="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.code}.eml"'
    return response


@bp.post("/t/<code>/mail/<mail>/resend")
def resend(code: str, mail: str) -> ResponseReturnValue:
    """Queue a mail again that the server had refused."""
    send_again(db(), actor(), town_hall(), mail, now=now())
    return redirect(url_for(".outbox", code=code), 303)


def shut_in(shown: mails.Shown | None) -> Response:
    """Return a mail's page under the policy for what others wrote."""
    if shown is None:
        raise NotFoundError
    response = Response(shown.page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = mails.SHUT_IN
    return response


def framing(page: str) -> Response:
    """Return a page that shows a mail's page in a frame."""
    response = Response(page)
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    return response


def _option(starts_at: datetime | None) -> object:
    """Return what the draft's hour costs each seat."""
    if starts_at is None:
        return None
    before = planning.sitting(db(), town_hall())
    return sittings.cost(town_hall(), starts_at, before.starts_at if before else None)
