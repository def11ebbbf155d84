"""What customers and providers reach: plain routes and server-rendered pages that need no JavaScript."""

from portal.hatch import FOR_STRANGERS
from portal.routes import routes

__all__ = ["FOR_STRANGERS", "routes"]
