import importlib
import pkgutil

import townhall
from townhall.errors import TownhallError


def classes(root: type) -> set[type]:
    """Return every class of the package that descends from `root`, at any depth."""
    for module in pkgutil.walk_packages(townhall.__path__, "townhall."):
        importlib.import_module(module.name)
    below = set(root.__subclasses__())
    while deeper := {child for parent in below for child in parent.__subclasses__()} - below:
        below |= deeper
    return {found for found in below if found.__module__.startswith("townhall.")}


def test_every_error_has_a_status():
    from townhall.web.errors import STATUS

    assert classes(TownhallError) - set(STATUS) == set()


def test_every_error_has_a_code_of_its_own():
    codes = [error.code for error in classes(TownhallError)]

    assert sorted(codes) == sorted(set(codes) - {TownhallError.code})
