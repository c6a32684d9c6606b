"""What the import contracts in pyproject.toml cannot say."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def imported(path: Path) -> set[str]:
    """Names of the packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_the_entry_file_builds_no_sql_and_stays_short() -> None:
    entry = ROOT / "dashboard.py"
    assert not imported(entry) & {"sqlalchemy", "duckdb", "psycopg"}
    assert len(entry.read_text(encoding="utf-8").splitlines()) < 100


def test_only_what_is_required_is_imported() -> None:
    required = {
        "streamlit",
        "plotly",
        "pandas",
        "pyarrow",
        "reportlab",
        "sqlalchemy",
    }  # the drivers are named in addresses
    standard = {"data_access", "pages"} | set(sys.stdlib_module_names)
    files = [ROOT / "dashboard.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "data_access").rglob("*.py")]
    others = {name for path in files for name in imported(path)} - required - standard
    assert not others, f"imported but not in requirements.txt: {others}"
