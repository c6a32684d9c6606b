"""A small office, posted for real: seven accounts whose figures are worked by hand in the tests beside it.

As of 30 June 2026, with the 90 days to then as the period (2 April to 30 June) and the 90 days before as the
one compared with (2 January to 1 April):

| | payer, provider | what happened | open on 1 April | open on 30 June |
| - | - | - | - | - |
| A | First, Rivera | 100 sent 10 Jan; 1 Feb 60 paid, 20 contractual, 20 the patient; billed 10 Feb; 5 paid | 15 | 15 |
| B | First, Okafor | 200 of 1 May, sent 31 May | | 200 |
| C | Second, Okafor | 300 sent 2 Mar; denied 15 Apr | 300 | 300 |
| D | Second, Rivera | 50 of 20 June, sent 2 July | | 50 |
| E | none, none | 80 of 15 Jan; statement 20 Jan; 30 bad debt 15 June | 80 | 50 |
| F | First, Rivera | 120 sent 5 Feb; paid in full 10 Mar; the patient had paid 25 on 1 Feb | -25 | -25 |
| G | First, Okafor | 400 sent 10 Apr; 150 contractual and 250 denied 10 May | | 250 |
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, insert

from data_access import schema
from data_access.engine import write
from data_access.filters import Filters
from tests.posting.facts import NPI, Facts, day

FIRST, SECOND = 1, 2
RIVERA, OKAFOR = 11, 12
CLINIC = 1
AUTHORIZATION = "197"


def money(text: str) -> Decimal:
    return Decimal(text)


def filters(**changes: Any) -> Filters:
    usual: dict[str, Any] = {"as_of": day(6, 30), "date_from": day(4, 2), "date_to": day(6, 30)}
    return Filters(**(usual | changes))


def fill(engine: Engine) -> Engine:
    """Post the office into an empty database."""
    facts = Facts()
    for provider_id, name, taxonomy in (
        (RIVERA, "Rivera, Ana", "207Q00000X"),
        (OKAFOR, "Okafor, Ben", "207RC0000X"),
    ):
        facts.add("provider", provider_id=provider_id, npi=str(provider_id), name=name, taxonomy=taxonomy, load_id=1)
    _claims(facts)
    _billing(facts)
    with write(engine) as connection:
        rule = {"payer_id": SECOND, "payer_type": "Medicare", "load_id": 1, "row_no": 2}
        connection.execute(insert(schema.payer_rule).values(rule))
    facts.post(engine)
    return engine


def _claims(facts: Facts) -> None:
    def claim(number: str, charge: str, payer: int, provider: int, service: date, sent: date) -> None:
        dates = {"service_from": service, "service_to": service, "submitted_on": sent}
        facts.claim(number, charge, payer_id=payer, provider_id=provider, **dates)

    def payment(number: str, charge: str, paid: str, payer: int, service: date, on: date, *adjustments: Any) -> None:
        facts.payment(number, charge, paid, on, *adjustments, remit_payer_id=payer, service_from=service)

    claim("A", "100", FIRST, RIVERA, day(1, 5), day(1, 10))
    payment("A", "100", "60", FIRST, day(1, 5), day(2, 1), ("contractual", "20", "45"), _SHARE)
    claim("B", "200", FIRST, OKAFOR, day(5, 1), day(5, 31))
    claim("C", "300", SECOND, OKAFOR, day(3, 1), day(3, 2))
    payment("C", "300", "0", SECOND, day(3, 1), day(4, 15), ("denial", "300", AUTHORIZATION))
    claim("D", "50", SECOND, RIVERA, day(6, 20), day(7, 2))
    claim("F", "120", FIRST, RIVERA, day(2, 1), day(2, 5))
    payment("F", "120", "120", FIRST, day(2, 1), day(3, 10))
    claim("G", "400", FIRST, OKAFOR, day(4, 5), day(4, 10))
    denied = ("denial", "250", AUTHORIZATION)
    payment("G", "400", "0", FIRST, day(4, 5), day(5, 10), ("contractual", "150", "45"), denied)


_SHARE = ("patient_responsibility", "20", "1")


def _billing(facts: Facts) -> None:
    facts.entry("A", "statement", None, day(2, 10))
    facts.entry("A", "patient_payment", "5", day(3, 1))
    facts.entry("E", "charge", "80", day(1, 15), service_on=day(1, 15), facility_npi=NPI)
    facts.entry("E", "statement", None, day(1, 20))
    facts.entry("E", "bad_debt", "30", day(6, 15))
    facts.entry("F", "patient_payment", "25", day(2, 1))
