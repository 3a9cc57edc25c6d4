import importlib
import pkgutil
import re

import townhall
from tests.guards.sources import ROOT
from townhall.errors import TownhallError
from townhall.web.errors import STATUS


def classes(root: type) -> set[type]:
    """Return every class of the package that descends from `root`, at any depth."""
    for module in pkgutil.walk_packages(townhall.__path__, "townhall."):
        importlib.import_module(module.name)
    below = set(root.__subclasses__())
    while deeper := {child for parent in below for child in parent.__subclasses__()} - below:
        below |= deeper
    return {found for found in below if found.__module__.startswith("townhall.")}


def test_every_error_has_a_status():
    assert classes(TownhallError) - set(STATUS) == set()


def test_every_error_has_a_code_of_its_own():
    codes = [error.code for error in classes(TownhallError)]

    assert sorted(codes) == sorted(set(codes) - {TownhallError.code})


def test_the_page_of_the_api_lists_every_code_with_its_status():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", page, re.MULTILINE)

    assert written == sorted((error.code, str(status)) for error, status in STATUS.items())
