"""Makes tests/cases/offices-of-the-world.csv: an office in every member of the United Nations.

Run it from the root: `python -m tests.offices_of_the_world`. Zones come from pytz, names and
languages from CLDR (Babel); a country that the holidays library does not know would stop it.
"""

from pathlib import Path

import holidays
import pytz
from babel import Locale
from babel.languages import get_official_languages

from townhall.domain.office_sheet import COLUMNS, write
from townhall.domain.people import ContactDetails

FILE = Path(__file__).with_name("cases") / "offices-of-the-world.csv"
MEMBERS = """
AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH
CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN
GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP
NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV
SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VC VE VN VU WS YE ZA ZM ZW
""".split()  # noqa: SIM905  a table of codes is read at a glance


def office(number: int, country: str) -> dict[str, object]:
    """Return the office of a country in the first of its zones."""
    if country not in holidays.list_supported_countries():
        raise SystemExit(country)
    zone = pytz.country_timezones[country][0]
    city = zone.rpartition("/")[2].replace("_", " ")
    language = "ar" if "ar" in get_official_languages(country, de_facto=True) else "en"
    return dict.fromkeys(COLUMNS) | {
        "name": f"{Locale('en').territories[country]}, {city}",
        "zone": zone,
        "country": country,
        "language": language,
        "people": 5 + number * 7 % 40,
        "contacts": (
            ContactDetails(f"Lead in {city}", f"{country.lower()}@offices.example", language),
        ),
    }


if __name__ == "__main__":
    sheet = write(office(number, country) for number, country in enumerate(MEMBERS))
    FILE.write_text(sheet, encoding="utf-8", newline="")
