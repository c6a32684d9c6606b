"""The figures of worked.md, which shows how each follows from the definitions."""

from datetime import date
from decimal import Decimal

#: account: charge, insurance payments, patient payments less refunds, adjustments, insurance balance, patient balance
ACCOUNTS = {
    "HW-01": ("200", "130", "0", "50", "0", "20"),
    "HW-02": ("300", "240", "0", "60", "0", "0"),
    "HW-03": ("450", "0", "0", "0", "450", "0"),
    "HW-04": ("260", "100", "0", "60", "100", "0"),
    "HW-05": ("180", "0", "0", "0", "0", "180"),
    "HW-06": ("500", "285", "15", "200", "0", "0"),
    "HW-07": ("420", "300", "0", "120", "0", "0"),
    "HW-08": ("150", "0", "0", "150", "0", "0"),
    "HW-09": ("250", "150", "0", "70", "0", "30"),
    "HW-10": ("100", "78.50", "0", "21.50", "0", "0"),
    "HW-11": ("0", "0", "0", "0", "0", "0"),
    "HW-12": ("600", "370", "0", "230", "0", "0"),
    "HW-13": ("140", "0", "65", "40", "0", "35"),
    "HW-14": ("900", "500", "140", "300", "0", "-40"),
    "HW-15": ("110", "0", "0", "110", "0", "0"),
    "HW-16": ("320", "150", "20", "150", "0", "0"),
    "HW-17": ("220", "110", "0", "110", "0", "0"),
    "HW-18": ("275", "0", "0", "0", "275", "0"),
    "HW-19": ("130", "0", "0", "0", "130", "0"),
    "HW-20": ("85", "0", "0", "0", "85", "0"),
    "HW-21": ("240", "120", "0", "90", "30", "0"),
    "HW-22": ("90", "0", "0", "90", "0", "0"),
    "HW-SELF": ("95", "0", "30", "0", "0", "65"),
    "HW-UNBILLED": ("175", "0", "0", "0", "175", "0"),
}

RESPONSIBLE = {
    "insurance": {"HW-03", "HW-04", "HW-18", "HW-19", "HW-20", "HW-21"},
    "unbilled": {"HW-UNBILLED"},
    "patient": {"HW-01", "HW-05", "HW-09", "HW-13", "HW-SELF"},
    "credit": {"HW-14"},
}

#: account: posting date, kind, side, amount, in any order within a day
LEDGERS = {
    "HW-06": [
        ("2026-04-15", "charge", "insurance", "500"),
        ("2026-05-04", "contractual", "insurance", "-200"),
        ("2026-05-04", "insurance_payment", "insurance", "-240"),
        ("2026-05-04", "transfer", "insurance", "-60"),
        ("2026-05-04", "transfer", "insurance", "60"),
        ("2026-05-28", "insurance_payment", "insurance", "-45"),
        ("2026-05-28", "transfer", "insurance", "-15"),
        ("2026-05-28", "transfer", "patient", "15"),
        ("2026-06-20", "patient_payment", "patient", "-15"),
    ],
    "HW-07": [
        ("2026-03-16", "charge", "insurance", "400"),
        ("2026-04-20", "charge", "insurance", "20"),
        ("2026-05-11", "contractual", "insurance", "-120"),
        ("2026-05-11", "insurance_payment", "insurance", "-300"),
    ],
    "HW-08": [
        ("2026-01-12", "charge", "insurance", "150"),
        ("2026-05-15", "denial_write_off", "insurance", "-150"),
    ],
    "HW-11": [
        ("2026-05-18", "charge", "insurance", "350"),
        ("2026-06-02", "charge", "insurance", "-350"),
    ],
    "HW-20": [("2026-05-29", "charge", "insurance", "85")],
    "HW-UNBILLED": [("2026-06-24", "charge", "insurance", "175")],
}

#: account: balance at the end of each day on which something was posted
RUNNING = {
    "HW-01": [("2026-05-04", "200"), ("2026-05-20", "20")],
    "HW-05": [("2026-03-02", "180"), ("2026-03-25", "180")],
    "HW-09": [("2026-04-06", "250"), ("2026-04-22", "0"), ("2026-06-10", "30")],
    "HW-10": [("2026-05-11", "100"), ("2026-05-27", "1.50"), ("2026-06-20", "0")],
    "HW-13": [("2026-06-01", "115"), ("2026-06-16", "75"), ("2026-06-25", "35")],
    "HW-14": [
        ("2026-04-01", "900"),
        ("2026-04-24", "100"),
        ("2026-05-20", "0"),
        ("2026-05-27", "-100"),
        ("2026-06-15", "-40"),
    ],
    "HW-16": [
        ("2025-12-08", "320"),
        ("2025-12-29", "70"),
        ("2026-02-20", "50"),
        ("2026-06-15", "0"),
    ],
    "HW-SELF": [("2026-06-08", "65")],
}

#: claim counted in rates: first answer, outcome, denied, main reason; no entry: never answered
FIRST_ANSWERS = {
    "HW-01": ("2026-05-20", "paid", "0", None),
    "HW-02": ("2026-04-29", "paid", "0", None),
    "HW-03": ("2026-03-10", "denied", "450", "197"),
    "HW-04": ("2026-05-12", "partly_denied", "100", "97"),
    "HW-05": ("2026-03-25", "denied", "180", "96"),
    "HW-06": ("2026-05-04", "paid", "0", None),
    "HW-07": ("2026-04-01", "denied", "400", "16"),
    "HW-08": ("2026-04-28", "denied", "150", "29"),
    "HW-09": ("2026-04-22", "paid", "0", None),
    "HW-10": ("2026-05-27", "paid", "0", None),
    "HW-12": ("2026-05-26", "paid", "0", None),
    "HW-13": ("2026-06-16", "paid", "0", None),
    "HW-14": ("2026-04-24", "paid", "0", None),
    "HW-15": ("2026-06-16", "paid", "0", None),
    "HW-16": ("2025-12-29", "paid", "0", None),
    "HW-17": ("2026-01-05", "paid", "0", None),
    "HW-21": ("2026-05-27", "paid", "0", None),
    "HW-22": ("2026-02-20", "denied", "90", "50"),
}
NEVER_ANSWERED = {"HW-11", "HW-18", "HW-19", "HW-20"}
OVERTURNED = {"HW-05": False, "HW-07": True, "HW-08": False, "HW-22": False}
NOT_FIRST_PASS = {"HW-03", "HW-04", "HW-05", "HW-07", "HW-08", "HW-22"}

#: anchor: (side, bucket): amount
BUCKETS = {
    "policy": {
        ("insurance", "0-30"): "85",
        ("insurance", "31-60"): "30",
        ("insurance", "61-90"): "375",
        ("insurance", "121-180"): "450",
        ("insurance", "181-365"): "130",
        ("patient", "0-30"): "130",
        ("patient", "31-60"): "20",
        ("patient", "91-120"): "180",
        ("unbilled", "0-30"): "175",
    },
    "service": {
        ("insurance", "31-60"): "115",
        ("insurance", "61-90"): "100",
        ("insurance", "91-120"): "275",
        ("insurance", "121-180"): "450",
        ("insurance", "Over 365"): "130",
        ("patient", "0-30"): "100",
        ("patient", "31-60"): "20",
        ("patient", "61-90"): "30",
        ("patient", "91-120"): "180",
        ("unbilled", "0-30"): "175",
    },
    "billed": {
        ("insurance", "0-30"): "85",
        ("insurance", "31-60"): "30",
        ("insurance", "61-90"): "375",
        ("insurance", "121-180"): "450",
        ("insurance", "181-365"): "130",
        ("patient", "0-30"): "100",
        ("patient", "31-60"): "20",
        ("patient", "61-90"): "30",
        ("patient", "91-120"): "180",
        ("unbilled", "0-30"): "175",
    },
}
#: on 30 April, policy anchor, all sides together
BUCKETS_IN_APRIL = {"0-30": "1285", "31-60": "600", "61-90": "450", "91-120": "50", "181-365": "130"}

#: dimension: key (name): positive balances without the credit
AR_BY = {
    "payer_type": {"Medicare": "150", "Medicaid": "375", "Commercial": "955", "Other": "30", "Self-pay": "65"},
    "facility": {"1000000012": "845", "1000000020": "730"},
    "department": {"Cardiology": "1030", "Primary care": "545"},
}
#: payer type: billed A/R over 90 days, billed A/R
OVER_90_BY_TYPE = {
    "Medicare": ("130", "150"),
    "Medicaid": ("0", "375"),
    "Commercial": ("630", "780"),
    "Other": ("0", "30"),
    "Self-pay": ("0", "65"),
}

ROLL_FORWARD_P1 = {
    "opening": "2655",
    "charge": "3075",
    "insurance_payment": "-2273.50",
    "patient_payment": "-310",
    "contractual": "-1350",
    "other_payer": "0",
    "denial_write_off": "-240",
    "write_off": "-1.50",
    "bad_debt": "-50",
    "charity": "-30",
    "insurance_refund": "0",
    "recoupment": "0",
    "patient_refund": "60",
    "transfer": "0",
    "closing": "1535",
}
ROLL_FORWARD_P1_MEDICARE = {
    "opening": "1460",
    "charge": "1060",
    "insurance_payment": "-1368.50",
    "patient_payment": "-215",
    "contractual": "-780",
    "other_payer": "0",
    "denial_write_off": "0",
    "write_off": "-1.50",
    "bad_debt": "0",
    "charity": "-30",
    "insurance_refund": "0",
    "recoupment": "0",
    "patient_refund": "60",
    "transfer": "-75",
    "closing": "110",
}

#: rate: (numerator, denominator) in P1 and P2
RATES = {
    "initial_denial_rate": (("2", "12"), ("6", "17")),
    "initial_denial_rate_amount": (("250", "3750"), ("1370", "5090")),
    "initial_denial_rate_line": (("2", "16"), ("7", "22")),
    "first_pass_yield": (("10", "12"), ("11", "17")),
    "overturn_rate": (("0", "1"), ("1", "4")),
    "preventable_share": (("2", "2"), ("5", "6")),
}
#: P2, category of the main reason: claims, amount
DENIALS_BY_CATEGORY = {
    "authorization": (1, "450"),
    "missing_information": (1, "400"),
    "non_covered": (1, "180"),
    "timely_filing": (1, "150"),
    "bundling": (1, "100"),
    "medical_necessity": (1, "90"),
}
#: P2, each reason of each claim: amount
DENIED_BY_REASON = {"16": "400", "197": "300", "96": "180", "29": "150", "50": "240", "97": "100"}
#: P2, payer type: denied claims, claims
DENIALS_BY_TYPE = {"Commercial": (2, 6), "Medicaid": (3, 4), "Medicare": (1, 7)}

#: month: source: amount
CASH = {
    date(2026, 4, 1): {"insurance": "940"},
    date(2026, 5, 1): {"insurance": "1383.50", "patient": "200"},
    date(2026, 6, 1): {
        "insurance": "-50",  # 150 less 200 taken back
        "unapplied": "135",
        "provider_level": "-10",
        "patient": "110",
        "refund": "-60",
    },
}
#: service month: charges, contractual, payments
COHORTS = {
    date(2025, 6, 1): ("130", "0", "0"),
    date(2025, 12, 1): ("540", "180", "280"),
    date(2026, 1, 1): ("150", "0", "0"),
    date(2026, 2, 1): ("540", "0", "0"),
}
#: month of first statement: patient payments, patient responsibility
PATIENT_COHORTS = {
    date(2026, 1, 1): ("20", "100"),
    date(2026, 5, 1): ("140", "120"),
    date(2026, 6, 1): ("110", "210"),
}
#: payer: claims, first quartile, median, third quartile
PAYMENT_LAG = {
    "SYNMCR01": (6, "14.25", "16", "17"),
    "SYNMCD01": (2, "19.25", "19.5", "19.75"),
    "SYNCOM01": (2, "14.5", "15", "15.5"),
}
#: kind, reason: amount, avoidable
WRITE_OFFS = {
    ("denial_write_off", "timely_filing"): ("150", True),
    ("denial_write_off", "missed_appeal"): ("90", True),
    ("write_off", "small_balance"): ("1.50", False),
    ("bad_debt", "not stated"): ("50", False),
    ("charity", "not stated"): ("30", False),
}


def money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def fraction(top: str, under: str) -> Decimal:
    """A ratio as the product states it: to six places."""
    return (Decimal(top) / Decimal(under)).quantize(Decimal("0.000001"))
