"""Text for places that read Markdown."""

import pytest

from pages.parts.text import bold, plain


@pytest.mark.parametrize(
    "text, written",
    [
        ("![x](http://h/x.png)", r"\!\[x\](http://h/x.png)"),
        ("$1.00 of $2.00", r"\$1.00 of \$2.00"),
        (r"a\*b", r"a\\\*b"),
        ("A|B & <C>", r"A\|B \& \<C\>"),
        ("it is :red[so], at 10:30", r"it is \:red\[so\], at 10:30"),
        (":material/home:", ":\N{WORD JOINER}material/home:"),
        ("- first", r"\- first"),
        ("12. first", r"12\. first"),
        ("===", r"\==="),
        ("two\n\nparagraphs", "two paragraphs"),
        ("-$5.00, 12.2 %", r"-\$5.00, 12.2 %"),
    ],
)
def test_no_sign_is_read_as_markdown(text: str, written: str) -> None:
    assert plain(text) == written
    assert bold(text) == f"**{written}**"
