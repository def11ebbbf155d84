"""The plain text of a letter, beside its HTML."""

from collections.abc import Callable

from markdown_it.token import Token

Each = Callable[[str, Callable[[str], str]], str]


class TextPart:
    """Paragraphs with an empty line between, lists with their marks, quotations with theirs."""

    def __init__(self, each: Each) -> None:
        """`each` wraps words, or each branch of them where they are one whole choice."""
        self.each = each
        self.out: list[str] = []
        self.marks: list[str] = []
        self.counts: list[int | None] = []
        self.tight = False

    def opened(self, token: Token) -> None:
        if token.tag == "ul":
            self.counts.append(None)
        elif token.tag == "ol":
            self.counts.append(int(token.attrs.get("start", 1)))
        elif token.tag == "li":
            count = self.counts[-1]
            self.marks.append("- " if count is None else f"{count}. ")
            self.counts[-1] = None if count is None else count + 1
        elif token.tag == "blockquote":
            self.marks.append("> ")

    def closed(self, token: Token) -> None:
        if token.tag in ("ul", "ol"):
            self.counts.pop()
            if not self.counts:
                self.out.append("\n")
        elif token.tag in ("li", "blockquote"):
            self.marks.pop()

    def paragraph(self, token: Token) -> None:
        self.tight = token.hidden

    def rule(self) -> None:
        self.out.append("----\n\n")

    def bare(self, tags: str) -> None:
        self.out.append(tags)

    def words(self, plain: str) -> None:
        if not self.marks:
            self.out.append(plain + "\n\n")
            return
        first = "".join(" " * len(mark) if mark.isspace() else mark for mark in self.marks)
        later = "".join(mark if mark == "> " else " " * len(mark) for mark in self.marks)
        # A list item's mark is written once; what follows in the same item is indented below it.
        self.marks = [mark if mark == "> " else " " * len(mark) for mark in self.marks]
        end = "\n" if self.tight else "\n\n"
        self.out.append(self.each(plain, lambda words: first + words.replace("\n", "\n" + later) + end))

    def finished(self) -> str:
        return "".join(self.out)
