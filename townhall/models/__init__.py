"""Tables, by noun. Importing this package knows them all."""

from townhall.models import accounts, directory, invitations, planning, questions, stage

__all__ = ["accounts", "directory", "invitations", "planning", "questions", "stage"]
