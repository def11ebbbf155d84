from __future__ import annotations

import re

import pytest

from pages import early

IMPORTED = re.compile(r'(?:from|import) ?"\./([\w.-]+\.js)"')


def fetched_early(header: str | None) -> list[str]:
    return re.findall(r"<\./static/js/([\w.-]+)>; rel=modulepreload", header or "")


def test_the_scripts_that_are_named_exist_and_bring_what_they_import() -> None:
    named = fetched_early(early.header())
    page = (early.STATIC / "index.html").read_text()

    assert [name.split(".")[0] for name in named] == ["Toast"]
    for name in named:
        imported = IMPORTED.findall((early.SCRIPTS / name).read_text())
        assert [other for other in imported if other not in named and f"/{other}" not in page] == []
    assert len(early.header() or "") < 3000  # many a proxy has 4 KB for all headers of an answer


def test_a_streamlit_with_other_names_costs_the_header_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "TOAST", "Telegram.*.js")

    assert early.header() is None
