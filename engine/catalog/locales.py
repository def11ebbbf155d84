"""The locale that a shop names, for whoever writes money, dates and numbers."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError


@lru_cache(maxsize=64)
def locale(name: str) -> Locale:
    """A name that nobody knows must not cost a customer their message: American English then."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse("en_US")
