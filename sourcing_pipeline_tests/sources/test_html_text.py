import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcing_pipeline.sources.html_text import markdown
from sourcing_pipeline.sources.records import UnreadableError


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One.</p>\n\n<p>Two <em>three</em> <strong>four</strong>.</p>", "One.\n\nTwo *three* **four**."),
        ("<p>Use <code>git_push -f</code> now</p>", "Use `git_push -f` now"),
        ("<p>snake_case and 2 * 3 * 4</p>", "snake_case and 2 * 3 * 4"),
        (
            '<pre class="lang-py s-code-block"><code>def f():\n    return &lt;x&gt; &amp; 1\n</code></pre>',
            "```py\ndef f():\n    return <x> & 1\n```",
        ),
        ("<pre><code>a\n\n\n  b  \n</code></pre>", "```\na\n\n\n  b  \n```"),
        ("<pre><code>```\ncode\n```\n</code></pre>", "````\n```\ncode\n```\n````"),
        ('<p><a href="https://example.com/a_b">text</a></p>', "[text](https://example.com/a_b)"),
        ('<p><img src="https://example.com/i.png" alt="a map"></p>', "[a map](https://example.com/i.png)"),
        ('<p><img src="https://example.com/i.png"></p>', "[image](https://example.com/i.png)"),
        ('<p><a href="https://e.com"><img src="i.png" alt="map"></a></p>', "[map](https://e.com)"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n  1. c"),
        ("<h2>Head</h2><p>x<sup>2</sup></p>", "## Head\n\nx^2^"),
        ("<p>a</p><script>alert(1)</script><!-- c -->", "a"),
        ("https://example.com", "https://example.com"),
        ("", ""),
        ("<p> </p>", ""),
    ],
)
def test_html_becomes_markdown(html: str, expected: str) -> None:
    assert markdown(html, "Body") == expected


@given(st.text(alphabet="<>/pcode&;=\"' \nre!-ulia", max_size=80))
def test_no_html_breaks_the_converter(html: str) -> None:
    markdown(html, "Body")


def test_deep_nesting_ends_in_text_or_a_named_field() -> None:
    try:
        found = markdown("<blockquote>" * 20_000 + "x", "Body")
    except UnreadableError as error:
        found = str(error)
    assert found.endswith("x") or found.startswith("Body: ")


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1))
def test_code_keeps_its_text_to_the_character(code: str) -> None:
    from xml.sax.saxutils import escape

    found = markdown(f"<pre><code>{escape(code)}\n</code></pre>", "Body")
    assert found == "" if not code.strip() else code in found
