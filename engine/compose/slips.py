"""What to write instead, where a tag is not what people meant."""

import re

INVISIBLE = "there is an invisible character in this tag; type the tag again"

_QUOTED = re.compile(r"""(?P<quote>["']).*?(?P=quote)""", re.S)
_SPELT_OUT = re.compile(r"[A-Za-z]\w*(?:[ \t]+\w+)+")


def of_tag(word: str, rest: str) -> str | None:
    """In a tag of `{% %}` that begins with another word than those which it may."""
    if (word, rest) == ("end", "if"):
        return "write {% endif %} in one word"
    if word.isidentifier() and not rest:
        return f"a variable is written {{{{ {word} }}}}"
    return None


def of_expression(source: str, closing: str) -> str | None:
    """In a value or a condition that can't be read; `closing` is what ends its tag."""
    bare = _QUOTED.sub("", source)
    meant, brace, _ = bare.partition("}")
    names = meant.strip(" \t\r\n{").split()
    if meant.lstrip().startswith("{") and closing == "}}" and len(names) == 1:
        return f"there is a brace too many; write {{{{ {names[0]} }}}}"
    if brace and names and "{" not in meant:
        return f"this tag is not closed; write {closing} after {names[-1]}"
    if closing == "}}" and names[:1] == ["if"]:
        return "a condition is written {% if … %}"
    if closing == "}}" and _SPELT_OUT.fullmatch(source.strip()):
        return f"a name is one word; write {'_'.join(names)}"
    return None


def of_character(source: str, complaint: str) -> str | None:
    """Of a character that came along with copied text."""
    at = re.fullmatch(r"unexpected char .* at (\d+)", complaint)
    odd = source[int(at.group(1)) :][:1] if at else ""
    if odd and odd in "“”„‟‘’‚‛«»":
        return f'a tag takes straight quotes only; write " instead of {odd}'
    if odd and not odd.isprintable():
        return INVISIBLE
    return None
