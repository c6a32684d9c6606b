"""Colours, once: the same one for the same thing on every screen; safe for colour-blind readers."""

from data_access.palette import AGES, BAD, MAIN, QUIET, SECOND, age_colors

__all__ = ["AGES", "BAD", "CASH", "HEAT", "MAIN", "QUIET", "SECOND", "SIDES", "STYLES", "age_colors"]

SIDES = {"insurance": "#2f6db5", "unbilled": "#8cbfe0", "patient": "#e08a1e", "credit": "#8a8f98"}
CASH = {
    "insurance": "#2f6db5",
    "patient": "#e08a1e",
    "unapplied": "#8a8f98",
    "provider_level": "#a07b4f",
    "refund": "#c9584b",
    "recoupment": "#8f5a83",
}
HEAT = ("#eaf1f8", "#9fc3e3", "#4f8fc7", "#1f5fa8", "#0d335f")


_IN_TILE = '> [data-testid="stVerticalBlock"] > [data-testid="stElementContainer"] [data-testid="stMetric"]'
_TILE = f'[data-testid="stLayoutWrapper"]:has({_IN_TILE})'
_TILES = f'[data-testid="stHorizontalBlock"]:has(> [data-testid="stLayoutWrapper"] {_IN_TILE})'
_PRIMARY = '[data-testid^="stBaseButton-primary"]:not(:disabled)'


def _of(tiles: int) -> str:
    """A row of exactly so many tiles."""
    return f"{_TILES}:has(> :nth-child({tiles}):last-child) > {_TILE}"


def _a_row(number: int) -> str:
    return f"{{ flex: 0 0 calc((100% - {15 * (number - 1)}px) / {number}) !important; }}"


#: What Streamlit has no option for: a screen begins right below the navigation; in a narrow window charts stand below
#: each other, as beside each other the names on their axes are cut off; and tiles that do not fit in one row wrap into
#: rows alike, of which the last one is filled. On the light blue of the dark theme white is not to be read.
STYLES = f"""<style>
[data-testid="stMainBlockContainer"] {{ padding-top: 4.75rem; }}
{_PRIMARY}, {_PRIMARY} * {{ color: light-dark(#fff, #10181f); }}
@media (max-width: 1000px) {{
  [data-testid="stColumn"] {{ min-width: calc(100% - 1.5rem); }}
  {_TILES} > {_TILE} {_a_row(3)}
  {_TILES} > {_TILE}:nth-child(3n + 1):nth-last-child(2),
  {_TILES} > {_TILE}:nth-child(3n + 2):last-child {_a_row(2)}
  {_TILES} > {_TILE}:nth-child(3n + 1):last-child {_a_row(1)}
  {_of(4)} {_a_row(2)}
}}
@media (min-width: 1001px) and (max-width: 1600px) {{ {_of(8)} {_a_row(4)} }}
</style>"""
