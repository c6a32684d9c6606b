"""Claims of the synthetic practice as 837P (005010X222A1) and 837I (005010X223A2)."""

from functools import lru_cache

from data_access.demo.events import Account, Sent
from data_access.demo.practice import GROUP_NAME, GROUP_NPI, GROUP_TAX_ID, GROUP_TAXONOMY, Payer, Provider
from data_access.demo.x12_text import ccyymmdd, money

PROFESSIONAL, INSTITUTIONAL = "005010X222A1", "005010X223A2"
_SEQUENCE = {1: "P", 2: "S"}


def batch(claims: list[Sent], reference: str, day: int) -> list[str]:
    """The segments between ST and SE of one day's claims, all professional or all institutional."""
    segments = [
        f"BHT*0019*00*{reference}*{ccyymmdd(day)}*0800*CH",
        f"NM1*41*2*{GROUP_NAME}*****46*SYN0001",
        "PER*IC*Synthetic Billing Office*TE*5555550100",
        "NM1*40*2*Demo Clearinghouse*****46*DEMOCLEARING",
        "HL*1**20*1",
        f"PRV*BI*PXC*{GROUP_TAXONOMY}",
        f"NM1*85*2*{GROUP_NAME}*****XX*{GROUP_NPI}",
        "N3*1 Synthetic Way",
        "N4*Exampleville*KS*660020000",
        f"REF*EI*{GROUP_TAX_ID}",
    ]
    for number, sent in enumerate(claims, 2):
        segments.append(f"HL*{number}*1*22*0")
        segments += _subscriber(sent)
        segments += _claim(sent)
        segments += _lines(sent.account)
    return segments


def _subscriber(sent: Sent) -> list[str]:
    patient, payer = sent.account.patient, sent.payer
    return [
        f"SBR*{_SEQUENCE[sent.sequence]}*18*******{payer.filing_code}",
        f"NM1*IL*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
        "N3*100 Example Street",
        "N4*Exampleville*KS*66002",
        f"DMG*D8*{patient.birth_day}*{patient.sex}",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
    ]


def _claim(sent: Sent) -> list[str]:
    account = sent.account
    provider = account.provider
    institutional = provider.clinic.institutional
    where = f"13:A:{sent.frequency}" if institutional else f"11:B:{sent.frequency}"
    day = ccyymmdd(account.service_day)
    assignment = "*A*Y*Y" if institutional else "*Y*A*Y*Y"
    segments = [f"CLM*{account.number}*{money(account.charge)}***{where}{'*' if institutional else ''}{assignment}"]
    if institutional:
        segments += [f"DTP*434*RD8*{day}-{day}", "CL1*3*1*01"]
    elif account.copay:
        segments.append(f"AMT*F5*{money(account.copay)}")
    if account.authorization and sent.sequence == 1:
        segments.append(f"REF*G1*{account.authorization}")
    if sent.original_reference:
        segments.append(f"REF*F8*{sent.original_reference}")
    segments.append(f"HI*ABK:{account.diagnosis}")
    segments += _care(provider, institutional)
    if sent.sequence == 2 and account.patient.payer:
        segments += _primary(sent, account.patient.payer)
    return segments


@lru_cache(256)
def _care(provider: Provider, institutional: bool) -> tuple[str, ...]:
    """Who gave the service (2310B; attending on institutional claims) and where (2310C, 2310E)."""
    name = f"{provider.last_name}*{provider.first_name}****XX*{provider.npi}"
    specialty = provider.specialty.taxonomy
    if institutional:
        people: tuple[str, ...] = (f"NM1*71*1*{name}", f"PRV*AT*PXC*{specialty}", f"NM1*82*1*{name}")
    else:
        people = (f"NM1*82*1*{name}", f"PRV*PE*PXC*{specialty}")
    clinic = provider.clinic
    return (
        *people,
        f"NM1*77*2*{clinic.name}*****XX*{clinic.npi}",
        "N3*2 Synthetic Way",
        "N4*Exampleville*KS*660020000",
    )


def _primary(sent: Sent, payer: Payer) -> list[str]:
    """The other subscriber loop (2320, 2330): what the primary payer paid."""
    patient = sent.account.patient
    return [
        f"SBR*P*18*******{payer.filing_code}",
        f"AMT*D*{money(sent.prior_paid)}",
        "OI***Y***Y" if sent.account.provider.clinic.institutional else "OI***Y*P**Y",
        f"NM1*IL*1*{patient.last_name}*{patient.first_name}****MI*{patient.member_id}",
        "N3*100 Example Street",
        "N4*Exampleville*KS*66002",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
    ]


def _lines(account: Account) -> list[str]:
    institutional = account.provider.clinic.institutional
    service = f"DTP*472*D8*{ccyymmdd(account.service_day)}"
    segments = []
    for number, line in enumerate(account.lines, 1):
        code = f"HC:{line.code}:{line.modifier}" if line.modifier else f"HC:{line.code}"
        segments.append(f"LX*{number}")
        if institutional:
            segments.append(f"SV2*{line.revenue_code}*{code}*{money(line.charge)}*UN*{line.units}")
        else:
            segments.append(f"SV1*{code}*{money(line.charge)}*UN*{line.units}***1")
        segments += [service, f"REF*6R*{number}"]
    return segments
