"""Names and words that are a picture in Markdown are shown as they are, and nothing is fetched for them."""

from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Engine, select

from data_access import schema
from data_access.engine import open_engine
from data_access.ingest.loader import load_paths
from data_access.work import activities, people, views
from tests.browser.app import no_error, picture, running, settle, visit
from tests.ingest.x12_text import file_835, file_837, remittance

CLAIM = [
    "HL*1**20*1",
    "NM1*85*2*CLINIC*****XX*1234567893",
    "HL*2*1*22*0",
    "SBR*P*18*******CI",
    "NM1*IL*1*PATIENT*JO****MI*M1",
    "DMG*D8*19800102*F",
    "NM1*PR*2*PAYER*****PI*12345",
    "CLM*ACC1*100***11:B:1*Y*A*Y*Y",
    "HI*ABK:R51",
    "LX*1",
    "SV1*HC:99213*100*UN*1***1",
    "DTP*472*D8*20250102",
]
DENIAL = [
    "LX*1",
    "CLP*ACC1*4*100*0*0*12*ICN1",
    "NM1*QC*1*PATIENT*JO****MI*M1",
    "SVC*HC:99213*100*0**1",
    "DTM*472*20250102",
    "CAS*CO*16*90**45*10",
]
ELSEWHERE = (
    "overview",
    "month_end",
    "worklist",
    "accounts",
    "aging",
    "denials",
    "collections",
    "claims",
    "underpayments",
)


#: What else Streamlit makes pictures, colors, formulas and the like of.
SIGNS = r":smile: :material/home: :red[a] *b* _c_ `d` ~~e~~ $f$ <b>g</b> [h](i) a\*b | &amp; #1"


class Office(NamedTuple):
    """A dashboard's address, with the ids of the one account and the one remittance in it."""

    url: str
    account: int
    remittance: int


class Listener(HTTPServer):
    """A server of somebody else on this machine, which notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answer)

    def picture(self, name: str) -> str:
        """A picture of this server, in Markdown."""
        return f"![{name}](http://127.0.0.1:{self.server_port}/{name}.png)"


class _Answer(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(404)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with Listener() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def office(browser: BrowserContext, listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A dashboard over an office in which everybody and everything is called a picture."""
    folder = tmp_path_factory.mktemp("names")
    engine = open_engine(f"duckdb:///{folder / 'office.duckdb'}")
    _load(engine, folder, listener)
    with engine.connect() as connection:
        number = connection.execute(select(schema.account.c.account_id)).scalar_one()
        remitted = connection.execute(select(schema.remittance.c.remittance_id)).scalar_one()
    person = people.add(engine, listener.picture("person"))
    activities.record(engine, number, person, [{"kind": "note", "note": SIGNS}], day=date.today())
    views.save(engine, person, listener.picture("v")[:60], "aging", {}, True)
    engine.dispose()
    with running(folder / "office.duckdb", folder) as app:
        yield Office(app.url, number, remitted)


def _load(engine: Engine, folder: Path, listener: Listener) -> None:
    other = {"element": "|", "component": ">"}
    body = remittance(*DENIAL, trace="TRACE")
    for name, data in (("claim.837", file_837(CLAIM, **other)), ("denial.835", file_835(body, **other))):
        for word in ("PAYER", "PATIENT", "TRACE"):
            data = data.replace(b"|BIG PAYER|", b"|PAYER|")
            data = data.replace(f"|{word}|".encode(), f"|{listener.picture(word.lower())}|".encode())
        (folder / name).write_bytes(data)
        (result,) = load_paths(engine, [folder / name], who="test")
        assert result.status == "loaded", result.reason


def test_nothing_is_fetched_for_an_account(page: Page, office: Office, listener: Listener) -> None:
    visit(page, f"{office.url}/account?account={office.account}")
    shown = page.get_by_test_id("stCaptionContainer").filter(has_text=listener.picture("patient"))
    expect(shown).to_contain_text(listener.picture("payer"))
    for tab in ("Claims and lines", "Remittances and adjustments", "Explained", "Contacts", "Coverage", "Documents"):
        page.get_by_test_id("stButtonGroup").get_by_text(tab, exact=True).click()
        settle(page)
        no_error(page)
        if tab.startswith("Remit"):
            expect(page.get_by_text(f"trace {listener.picture('trace')}")).to_be_visible()
            picture(page, "names_account")
        if tab == "Contacts":
            said = page.get_by_text("smile").inner_text()
            assert SIGNS in said.replace("\N{WORD JOINER}", ""), "read as it was written"
    assert not listener.asked


def test_nothing_is_fetched_on_other_screens(page: Page, office: Office, listener: Listener) -> None:
    for screen in ELSEWHERE:
        visit(page, f"{office.url}/{screen if screen != 'overview' else ''}")
        no_error(page)
    visit(page, f"{office.url}/reconciliation?view=Remittances&sel=remittance%3D{office.remittance}")
    expect(page.get_by_text("Narrowed to the remittance of")).to_contain_text(listener.picture("trace"))
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("button", name=listener.picture("v")[:60])).to_be_visible()
    assert not listener.asked


@pytest.mark.parametrize("screen", ["denials?sel=", "claims?sel=rate%3Drejection_rate~", "aging?sel="])
def test_nothing_is_fetched_for_a_link(page: Page, office: Office, listener: Listener, screen: str) -> None:
    chosen = quote(f"department={listener.picture('link')}")
    visit(page, f"{office.url}/{screen}{chosen}")
    no_error(page)
    expect(page.get_by_text("Narrowed to")).to_contain_text(listener.picture("link"))
    assert not listener.asked
