"""Everything that can go wrong on purpose, without HTTP.

A message is a gettext template, so that it can be said in the reader's language:
mark it with `N_` where it is written, and pass its values by name.
`web/errors.py` maps every leaf of this tree to a status.
"""

from typing import Any, ClassVar

from townhall.i18n import ENGLISH, N_, Speech


def printable(text: str) -> str:
    """Return text on one line that every encoding can carry; the rest is written as escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


class TownhallError(Exception):
    """Something that the caller can understand and act on.

    Args:
        message: A gettext template with `%(name)s` placeholders, marked by `N_`.
        field: The caller's own name of the input at fault, such as `seats[2].zone`.
        values: What fills the placeholders.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = None if field is None else printable(field)
        self.values = values

    def say(self, speech: Speech) -> str:
        """Return the one sentence, in the reader's language, without the field's name."""
        return speech.gettext(self.message, **self.values)

    def __str__(self) -> str:
        """Return the sentence in English, led by the field it is about."""
        sentence = self.say(ENGLISH)
        return f"{self.field}: {sentence}" if self.field else sentence


class InputError(TownhallError):
    """A value that cannot be used; nothing was changed."""

    code = "invalid"


class NotFoundError(TownhallError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not-found"

    def __init__(
        self, message: str = N_("There is nothing at this address."), **values: Any
    ) -> None:
        super().__init__(message, **values)


class SignInRequiredError(TownhallError):
    """Only someone who is signed in can be shown this."""

    code = "sign-in-required"

    def __init__(self, message: str = N_("Sign in to see this page."), **values: Any) -> None:
        super().__init__(message, **values)


class NotAllowedError(TownhallError):
    """The actor may see the thing but not do this to it."""

    code = "not-allowed"

    def __init__(
        self, message: str = N_("Your link or account does not allow this."), **values: Any
    ) -> None:
        super().__init__(message, **values)


class ForeignRequestError(TownhallError):
    """The request was sent by a page of another site (CSRF)."""

    code = "foreign-request"

    def __init__(
        self,
        message: str = N_("This form was sent from another page. Open the page again and resend."),
        **values: Any,
    ) -> None:
        super().__init__(message, **values)


class ConflictError(TownhallError):
    """Somebody else changed the thing first; look again, then decide."""

    code = "conflict"


class TransitionError(TownhallError):
    """The thing cannot become this from the state it is in."""

    code = "transition"


class ExpiredLinkError(TownhallError):
    """A link or code that was used, ended or ran out."""

    code = "expired-link"


class TooLargeError(TownhallError):
    """More than this place accepts."""

    code = "too-large"


class TooManyError(TownhallError):
    """Too often; `retry_after` is in seconds."""

    code = "too-many"

    def __init__(self, message: str, *, retry_after: int, **values: Any) -> None:
        super().__init__(message, retry_after=retry_after, **values)
        self.retry_after = retry_after


class UnavailableError(TownhallError):
    """A part that this needs does not answer now; nothing was kept."""

    code = "unavailable"
