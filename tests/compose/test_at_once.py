"""Senders write their first messages at the same moment, each in a thread of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from markdown_it import MarkdownIt
from mdurl._encode import encode_cache

from engine.compose import markdown

TEXT = "Hello *you*,\n\n- a list\n- of [things](https://example.com)\n\n> and a quote"
THREADS = 4


@pytest.fixture
def often_interrupted() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_the_first_letters_of_a_process_read_as_all_later_ones(often_interrupted: None) -> None:
    expected = str(markdown.parser().parse(TEXT))

    def first(parser: MarkdownIt, together: Barrier) -> str:
        together.wait(10)
        return str(parser.parse(TEXT))

    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(100):
            encode_cache.clear()  # as a process starts
            parser, together = markdown.parser(), Barrier(THREADS)
            letters = [threads.submit(first, parser, together) for _ in range(THREADS)]
            assert {letter.result() for letter in letters} == {expected}
