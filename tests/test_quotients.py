"""Quotients are the same to the last digit on either database, and as decimals divide."""

from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import BigInteger, Engine, Numeric, literal, select

from data_access.quotients import in_cents, scaled, whole_quotient


def test_an_amount_is_shared_out_to_the_cent_half_away_from_zero(engine: Engine) -> None:
    amounts = [Decimal(text) for text in ("0", "0.01", "2.01", "-2.01", "10.00", "99.99", "-0.05", "999999999.99")]
    with engine.connect() as connection:
        for amount in amounts:
            for count in (1, 2, 3, 7, 400):
                cents = whole_quotient(in_cents(literal(amount, Numeric(14, 2))), literal(count, BigInteger))
                found = connection.scalar(select(scaled(cents, 2, Numeric(14, 2))))
                assert found == (amount / count).quantize(Decimal("0.01"), ROUND_HALF_UP), (amount, count)
