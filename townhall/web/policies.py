"""Who may use each route: one table. A route that is not in it answers 404 and fails a test."""

from enum import StrEnum

from flask import abort, g, request

from townhall.domain.access import Action, require, require_account
from townhall.queries import planning
from townhall.web.context import actor, db


class Policy(StrEnum):
    """A route's condition where it is not an action in one town hall."""

    PUBLIC = "anyone"
    ACCOUNT = "signed in"


POLICIES: dict[str, Policy | Action] = {
    "health.alive": Policy.PUBLIC,
    "health.ready": Policy.PUBLIC,
    "auth.sign_in": Policy.PUBLIC,
    "auth.ask": Policy.PUBLIC,
    "auth.code_form": Policy.PUBLIC,
    "auth.enter_code": Policy.PUBLIC,
    "auth.confirm_form": Policy.PUBLIC,
    "auth.confirm": Policy.PUBLIC,
    "auth.sign_out": Policy.PUBLIC,
    "auth.open_link": Policy.PUBLIC,
    "auth.sessions": Policy.ACCOUNT,
    "auth.end_session": Policy.ACCOUNT,
    "office.invitation": Policy.PUBLIC,
    "office.answer": Policy.PUBLIC,
    "office.renew_own_feed": Policy.PUBLIC,
    "office.availability": Policy.PUBLIC,
    "office.say_when": Policy.PUBLIC,
    "office.seat": Action.SEE_SEAT,
    "office.say_hours": Action.ANSWER_FOR_SEAT,
    "office.keep_calendar": Action.ANSWER_FOR_SEAT,
    "office.forget_calendar": Action.ANSWER_FOR_SEAT,
    "office.renew_feed": Action.ANSWER_FOR_SEAT,
    "office.answer_for": Action.ANSWER_FOR_SEAT,
    "office.share": Action.SHARE_SEAT,
    "hooks.mail": Policy.PUBLIC,
    "api.index": Policy.PUBLIC,
    "api.plans": Policy.PUBLIC,
    "api.turn_order": Policy.PUBLIC,
    "api.openapi": Policy.PUBLIC,
    "organizer.home": Policy.ACCOUNT,
    "organizer.offices": Policy.ACCOUNT,
    "organizer.export_offices": Policy.ACCOUNT,
    "organizer.import_form": Policy.ACCOUNT,
    "organizer.check_import": Policy.ACCOUNT,
    "organizer.import_offices": Policy.ACCOUNT,
    "organizer.new_office": Policy.ACCOUNT,
    "organizer.add_office": Policy.ACCOUNT,
    "organizer.office": Policy.ACCOUNT,
    "organizer.edit_office": Policy.ACCOUNT,
    "organizer.renew_office_feed": Policy.ACCOUNT,
    "organizer.own_calendar": Policy.ACCOUNT,
    "organizer.keep_own_calendar": Policy.ACCOUNT,
    "organizer.look_at_own_calendar": Policy.ACCOUNT,
    "organizer.try_own_calendar": Policy.ACCOUNT,
    "organizer.sort_own_calendar": Policy.ACCOUNT,
    "organizer.remove_own_calendar": Policy.ACCOUNT,
    "organizer.new_town_hall": Policy.ACCOUNT,
    "organizer.add_town_hall": Policy.ACCOUNT,
    "organizer.overview": Action.SEE_ANSWERS,
    "organizer.attendance": Action.SEE_ANSWERS,
    "organizer.edit_form": Action.EDIT_TOWN_HALL,
    "organizer.edit": Action.EDIT_TOWN_HALL,
    "organizer.new_seat": Action.EDIT_TOWN_HALL,
    "organizer.add_seat": Action.EDIT_TOWN_HALL,
    "organizer.seat": Action.EDIT_TOWN_HALL,
    "organizer.edit_seat": Action.EDIT_TOWN_HALL,
    "organizer.remove_seat": Action.EDIT_TOWN_HALL,
    "organizer.planner": Action.VIEW_PLAN,
    "organizer.repeat": Action.VIEW_PLAN,
    "organizer.make_series": Action.EDIT_TOWN_HALL,
    "organizer.series_page": Action.SEE_ANSWERS,
    "organizer.series_progress": Action.SEE_ANSWERS,
    "organizer.series_table": Action.SEE_ANSWERS,
    "organizer.series_picture": Action.SEE_ANSWERS,
    "organizer.plan_series": Action.EDIT_TOWN_HALL,
    "organizer.stop_series": Action.EDIT_TOWN_HALL,
    "organizer.draft_series": Action.SEND_INVITES,
    "organizer.extend_series": Action.EDIT_TOWN_HALL,
    "organizer.renew_series_feed": Action.EDIT_TOWN_HALL,
    "organizer.leave_series": Action.EDIT_TOWN_HALL,
    "organizer.remove_from_series": Action.EDIT_TOWN_HALL,
    "organizer.record_outcome": Action.EDIT_TOWN_HALL,
    "organizer.picture": Action.VIEW_PLAN,
    "organizer.keep_trial": Action.EDIT_TOWN_HALL,
    "organizer.choose": Action.SEND_INVITES,
    "organizer.keep_calendar": Action.EDIT_TOWN_HALL,
    "organizer.forget_calendar": Action.EDIT_TOWN_HALL,
    "organizer.refresh_calendars": Action.EDIT_TOWN_HALL,
    "organizer.shortlist": Action.SEND_INVITES,
    "organizer.make_shortlist": Action.SEND_INVITES,
    "organizer.shortlist_mail": Action.SEND_INVITES,
    "organizer.send_shortlist": Action.SEND_INVITES,
    "organizer.end_shortlist": Action.SEND_INVITES,
    "organizer.draft": Action.SEND_INVITES,
    "organizer.draft_mail": Action.SEND_INVITES,
    "organizer.send": Action.SEND_INVITES,
    "organizer.discard": Action.SEND_INVITES,
    "organizer.call_off": Action.SEND_INVITES,
    "organizer.reopen": Action.SEND_INVITES,
    "organizer.revise": Action.SEND_INVITES,
    "organizer.keep_instant": Action.SEND_INVITES,
    "organizer.keeping": Action.SEND_INVITES,
    "organizer.keeping_mail": Action.SEND_INVITES,
    "organizer.answers": Action.SEE_ANSWERS,
    "organizer.accept_answer": Action.SEND_INVITES,
    "organizer.ignore_answer": Action.SEND_INVITES,
    "organizer.forget_address": Action.SEND_INVITES,
    "organizer.staff": Action.EDIT_TOWN_HALL,
    "organizer.enlist": Action.EDIT_TOWN_HALL,
    "organizer.dismiss": Action.EDIT_TOWN_HALL,
    "organizer.registered": Action.SEE_ANSWERS,
    "organizer.export_registered": Action.SEE_ANSWERS,
    "organizer.erase": Action.SEND_INVITES,
    "organizer.outbox": Action.SEE_ANSWERS,
    "organizer.mail": Action.SEE_ANSWERS,
    "organizer.mail_page": Action.SEE_ANSWERS,
    "organizer.mail_octets": Action.SEE_ANSWERS,
    "organizer.resend": Action.SEND_INVITES,
    "organizer.resend_lost": Action.SEND_INVITES,
    "organizer.remind": Action.SEND_INVITES,
    "organizer.links": Action.MAKE_LINKS,
    "organizer.make_link": Action.MAKE_LINKS,
    "organizer.revoke_link": Action.MAKE_LINKS,
    "participant.front": Policy.PUBLIC,
    "participant.board": Policy.PUBLIC,
    "participant.ask": Policy.PUBLIC,
    "participant.support": Policy.PUBLIC,
    "participant.clock": Policy.PUBLIC,
    "participant.event": Policy.PUBLIC,
    "participant.feed": Policy.PUBLIC,
    "participant.secret_feed": Policy.PUBLIC,
    "participant.lite": Policy.PUBLIC,
    "participant.follow": Policy.PUBLIC,
    "participant.withdraw": Policy.PUBLIC,
    "participant.register_form": Policy.PUBLIC,
    "participant.register": Policy.PUBLIC,
    "participant.registration": Policy.PUBLIC,
    "participant.confirm": Policy.PUBLIC,
    "participant.leaving": Policy.PUBLIC,
    "participant.leave": Policy.PUBLIC,
    "stage.moderator": Action.MODERATE,
    "stage.approve": Action.MODERATE,
    "stage.decline": Action.MODERATE,
    "stage.spam": Action.MODERATE,
    "stage.address": Action.MODERATE,
    "stage.merge": Action.MODERATE,
    "stage.write": Action.MODERATE,
    "stage.host": Action.RUN_STAGE,
    "stage.take": Action.RUN_STAGE,
    "stage.take_another": Action.RUN_STAGE,
    "stage.answered": Action.RUN_STAGE,
    "stage.undo": Action.RUN_STAGE,
    "stage.defer": Action.RUN_STAGE,
    "stage.door": Action.RUN_STAGE,
    "stage.order": Action.RUN_STAGE,
    "stage.presenter": Action.WATCH_STAGE,
    "live.state": Policy.PUBLIC,
    "live.stream": Policy.PUBLIC,
    "live.stage_state": Action.WATCH_STAGE,
    "live.stage_stream": Action.WATCH_STAGE,
}
"""Endpoint to condition. An action is asked for the town hall `code` of the address, and for
the seat at its `position` where the address names one."""


def check() -> None:
    """Answer 404, 401 or 403 to those whom the table does not let in."""
    if request.endpoint is None:
        return
    policy = POLICIES.get(request.endpoint)
    if policy is None:
        abort(404)
    asked = request.view_args or {}
    seat_id = None
    if "code" in asked:
        g.town_hall = planning.town_hall(db(), asked["code"])
    if "code" in asked and "position" in asked:
        g.seat = planning.seat(db(), g.town_hall, asked["position"])
        seat_id = g.seat.id
    if policy is Policy.ACCOUNT:
        require_account(actor())
    elif isinstance(policy, Action):
        require(actor(), policy, g.town_hall.id, seat_id)
