"""What every seat has paid in a series, counted again from its sittings.

Source: docs/fairness.md, rule 8.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from townhall.domain.slots import starting_ledger


@dataclass(frozen=True, slots=True)
class Charge:
    """What one sitting adds to the ledgers; a cancelled one is none.

    Args:
        starts_at: Aware.
        number: Of its occurrence, from 1; the earlier comes first where starts are equal.
        paid: The burden of each required seat, by what the seat is called in the whole series.
        present: Every seat of the sitting, the optional ones too.
        is_over: Whether it was held, or its end has passed and nobody said that it was not.
    """

    starts_at: datetime
    number: int
    paid: Mapping[str, int]
    present: Collection[str]
    is_over: bool


@dataclass(frozen=True, slots=True)
class Account:
    """One seat's ledger.

    Args:
        began: What it started at: 0, or the lower median when it joined later.
        paid: For sittings that are over.
        promised: For sittings to come that are agreed.
    """

    began: int = 0
    paid: int = 0
    promised: int = 0

    @property
    def total(self) -> int:
        """The ledger: what it has paid and will pay for what is agreed."""
        return self.began + self.paid + self.promised


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of a series.

    Args:
        accounts: By what the seats are called in the whole series; an optional seat's too, which
            only grows while the seat is required.
        joining: What the account of a seat begins at that was in none of the sittings.
    """

    accounts: Mapping[str, Account]
    joining: int

    def of(self, name: str) -> Account:
        """Return a seat's account; a new one for a seat that was in no sitting yet."""
        return self.accounts.get(name) or Account(began=self.joining)


def folded(charges: Iterable[Charge]) -> Ledger:
    """Return the ledger that sittings add up to, in the order of their starts.

    A seat that is in none of the first sittings joins with the first one it is in, at the lower
    median of the seats that were required in any sitting before.
    """
    accounts: dict[str, Account] = {}
    required: set[str] = set()
    for charge in sorted(charges, key=lambda each: (each.starts_at, each.number)):
        joining = _joining(accounts, required)
        for name in charge.present:
            accounts.setdefault(name, Account(began=joining))
        for name, burden in charge.paid.items():
            account = accounts[name]
            accounts[name] = (
                replace(account, paid=account.paid + burden)
                if charge.is_over
                else replace(account, promised=account.promised + burden)
            )
        required.update(charge.paid)
    return Ledger(accounts, _joining(accounts, required))


def _joining(accounts: Mapping[str, Account], required: Iterable[str]) -> int:
    """Return what a seat's ledger begins at that joins now."""
    return starting_ledger([accounts[name].total for name in required])
