"""Numbers in addresses, no longer than those that rows can have on every database."""

from flask import Flask
from werkzeug.routing import IntegerConverter

from townhall.web.forms import LONGEST_NUMBER


class Number(IntegerConverter):
    """A whole number that can be looked for; an address with a longer one leads nowhere."""

    regex = rf"[0-9]{{1,{LONGEST_NUMBER}}}"


def install(app: Flask) -> None:
    """Have `<int:…>` in rules mean such a number; called before any rule is added."""
    app.url_map.converters["int"] = Number
