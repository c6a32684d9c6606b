"""Links followed within a session, and the tab of a screen that stands in its link."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import parse_qs, quote, urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts import selection

FIRST = "overview"  #: the screen that the dashboard's own address shows
_VIEW = "view"
_LIST = "list"  #: of an account's link: the parameters of the link to the list it was opened from
MONTH = "month"  #: of the screen that describes a month
_OF_ONE_SCREEN = (_VIEW, selection.PARAMETER, MONTH)
_LONGEST_WAIT = 5  #: seconds for the browser to go; where it does not, the rest of the screen is drawn
_FOLLOW = """<script>
history.{how}State({{}}, '', new URL({place}, document.baseURI));
dispatchEvent(new PopStateEvent('popstate'));
</script>"""


def follow(screen: str, parameters: Mapping[str, Sequence[str]], *, instead: bool = False) -> None:
    """Show a screen as a link to it does in a new browser; `parameters`: of the link, each with its values.

    `instead`: the browser's "back" does not come here again.

    Streamlit's page_link and switch_page leave every choice that is already on the screen as it is, whatever
    the link says. So the browser goes there as it goes back and forward: then the address decides, and what
    it does not name is at its default. The rest of this run is not drawn: it could write an address of its own.
    """
    place = "./" if screen == FIRST else quote(screen)
    if parameters:
        place += f"?{urlencode(parameters, doseq=True)}"
    script = _FOLLOW.format(place=json.dumps(place), how="replace" if instead else "push")
    st.html(script, unsafe_allow_javascript=True)
    waiting = st.empty()
    for _ in range(_LONGEST_WAIT * 50):
        time.sleep(0.02)
        waiting.empty()  # here the run ends when the browser asks for the next


def here() -> dict[str, list[str]]:
    """The parameters of the link to what is on the screen, each with its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def of_this_screen() -> dict[str, list[str]]:
    """Of these, the tab and the selection, which the way to an account and back takes along."""
    return {name: values for name, values in here().items() if name in _OF_ONE_SCREEN}


def way(
    screen: str, label: str, parameters: Mapping[str, str], *, icon: str | None = None, note: str | None = None
) -> None:
    """A button to what a figure is made of: a screen under the filters of this one and these parameters, nothing else.

    What that screen was last narrowed to, which page_link would leave, could show other rows than were counted.
    """
    if st.button(label, icon=icon, help=note, type="tertiary", key=f"way-{screen}-{urlencode(parameters)}"):
        filters = {name: values for name, values in here().items() if name not in _OF_ONE_SCREEN}
        follow(screen, filters | {name: [value] for name, value in parameters.items()})


def to_account(account_id: str, came_from: str) -> None:
    """Show an account of this screen's list. Its link keeps what the list shows, also where it is opened anew."""
    listed = {_LIST: [urlencode(here(), doseq=True)]} if here() else {}
    follow("account", {"account": [account_id], "from": [came_from], **of_this_screen(), **listed})


def beside(account_id: int) -> dict[str, str]:
    """The parameters of the link to another account of the list that this one was opened from."""
    return st.query_params.to_dict() | {"account": str(account_id)}


def of_list() -> dict[str, list[str]]:
    """The parameters of the link to what the list showed when the account on the screen was opened from it."""
    return parse_qs(st.query_params.get(_LIST, ""))


def tab(key: str, names: Collection[str], usual: str) -> str:
    """The tab of a screen: the one clicked, or as its link says, where that was followed or gone back to.

    It stands in the link as `view`, the usual one by its absence. By hand: a bound parameter would hold the
    label with its count, and the way to an account, which takes it along, may not set one.
    """
    asked = None if by_address() else st.session_state.get(key)
    asked = asked or st.query_params.get(_VIEW)
    chosen = asked if asked in names else usual
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    stands = st.query_params.get(_VIEW)
    if chosen != usual and chosen != stands:
        st.query_params[_VIEW] = chosen
    elif chosen == usual and stands is not None:
        del st.query_params[_VIEW]
    return chosen


def by_address() -> bool:
    """Whether this run came by a link followed, or by the browser's back and forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
