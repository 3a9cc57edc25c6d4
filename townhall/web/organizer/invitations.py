"""The draft and its preview, sending, cancelling; the mail that went out."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.reasons import Reasons
from townhall.domain.states import Delivery
from townhall.errors import NotFoundError
from townhall.queries import drafts, planning, series, staff
from townhall.queries import invitations as queries
from townhall.queries import mails as outboxes
from townhall.queries import promises as moved_promises
from townhall.services import occasions, promises, reminders, sittings
from townhall.services.resends import resend as send_again
from townhall.services.resends import resend_all
from townhall.web import forms
from townhall.web.context import actor, db, feed, now, town_hall, words
from townhall.web.organizer import bp, mails
from townhall.web.security import CSP
from townhall.web.senders import sender

PEOPLE_A_PAGE = 100
"""How many people the draft's page lists."""


@bp.get("/t/<code>/draft")
def draft(code: str) -> ResponseReturnValue:
    """Show what sending the draft would do: who gets which mail and why, and what it costs."""
    hall = town_hall()
    if hall.draft is None:
        return redirect(url_for(".overview", code=code), 303)
    at = now()
    outlook = drafts.outlook(db(), hall, hall.draft.steps, now=at)
    return framing(
        render_template(
            "organizer/draft.html",
            hall=hall,
            draft=hall.draft,
            outlook=outlook,
            overtaken=series.overtaken(hall.occurrence),
            people=outlook.people,
            proposed=len(staff.proposed(db(), hall)),
            registered=sum(person.registered is not None for _, person in outlook.people),
            first=_first(len(outlook.people)),
            page=PEOPLE_A_PAGE,
            reasons=Reasons(words()),
        )
    )


@bp.get("/t/<code>/draft/<int:number>")
def draft_mail(code: str, number: int) -> ResponseReturnValue:
    """Return the page of the mail that the draft's person `number`, from 1, would get."""
    del code
    hall = town_hall()
    steps = hall.draft.steps if hall.draft else []
    at = now().replace(microsecond=0)
    outlook = drafts.outlook(db(), hall, steps, now=at)
    people = outlook.people if steps else []
    if not 1 <= number <= len(people):
        raise NotFoundError
    octets = occasions.preview(hall, outlook, *people[number - 1], sender(), now=at)
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
    """Make a draft that cancels one sitting, or all of them."""
    number = forms.whole("sitting") if forms.text("sitting") else None
    sittings.call_off(db(), actor(), code, number, now=now())
    return redirect(url_for(".draft", code=code), 303)


@bp.post("/t/<code>/reopen")
def reopen(code: str) -> ResponseReturnValue:
    """Make a draft that holds a cancelled sitting after all."""
    sittings.reopen(db(), actor(), code, forms.whole("sitting"), now=now())
    return redirect(url_for(".draft", code=code), 303)


@bp.get("/t/<code>/sittings/<int:sitting>/keep-instant")
def keeping(code: str, sitting: int) -> ResponseReturnValue:
    """Show what keeping the moment would do: which clocks changed, who gets which mail."""
    hall = town_hall()
    row = planning.sitting(db(), hall, sitting)
    found = moved_promises.finding(db(), row, now=now())
    if not (found.seats or found.clocks):
        return redirect(url_for(".overview", code=code), 303)
    people = moved_promises.concerned(db(), found)
    return framing(
        render_template(
            "organizer/keeping.html",
            hall=hall,
            sitting=row,
            moved=found.seats,
            clocks=found.clocks,
            people=people,
            first=_first(len(people)),
            page=PEOPLE_A_PAGE,
        )
    )


@bp.get("/t/<code>/sittings/<int:sitting>/keep-instant/<int:number>")
def keeping_mail(code: str, sitting: int, number: int) -> ResponseReturnValue:
    """Return the page of the mail that person `number`, from 1, would get if it is kept."""
    row = planning.sitting(db(), town_hall(), sitting)
    found = moved_promises.finding(db(), row, now=now())
    if not (found.seats or found.clocks):
        return redirect(url_for(".overview", code=code), 303)
    people = moved_promises.concerned(db(), found)
    if not 1 <= number <= len(people):
        raise NotFoundError
    person = people[number - 1]
    return shut_in(mails.read(promises.preview(db(), row, person, sender(), now=now())))


@bp.post("/t/<code>/sittings/<int:sitting>/keep-instant")
def keep_instant(code: str, sitting: int) -> ResponseReturnValue:
    """Promise each seat what its clock shows now, and tell those whose time moved."""
    promises.keep_instant(
        db(),
        feed(),
        actor(),
        code,
        sender(),
        number=sitting,
        version=forms.version(),
        now=now(),
    )
    return redirect(url_for(".outbox", code=code), 303)


@bp.get("/t/<code>/mail")
def outbox(code: str) -> ResponseReturnValue:
    """Show the mail of the town hall, a page at a time, and where each is on its way."""
    del code
    hall = town_hall()
    state = next((each for each in Delivery if each == request.args.get("state")), None)
    found, more = outboxes.page(db(), hall, state=state, after=request.args.get("after", ""))
    live = planning.live_sittings(db(), hall, now=now())
    return render_template(
        "organizer/outbox.html",
        hall=hall,
        mails=found,
        more=more,
        state=state,
        counts=queries.mail_counts(db(), hall),
        silent=[(each, len(outboxes.silent(db(), each, now=now()))) for each in live],
    )


@bp.post("/t/<code>/mail/resend")
def resend_lost(code: str) -> ResponseReturnValue:
    """Queue every mail again that had failed or come back."""
    resend_all(db(), actor(), town_hall(), now=now())
    return redirect(url_for(".outbox", code=code), 303)


@bp.post("/t/<code>/mail/remind")
def remind(code: str) -> ResponseReturnValue:
    """Remind the people of a sitting who have not answered."""
    number = forms.whole("number", least=1, most=forms.MOST_KEY)
    reminders.remind(db(), actor(), code, number, sender(), now=now())
    return redirect(url_for(".outbox", code=code), 303)


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


def _first(count: int) -> int:
    """Return the place, from 0, of the first person that the draft's page lists."""
    asked = request.args.get("from", "1")
    return min(int(asked) if asked.isdecimal() and len(asked) < 9 else 1, max(count, 1)) - 1


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
