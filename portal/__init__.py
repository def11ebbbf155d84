"""What customers and providers reach: plain routes and server-rendered pages that need no JavaScript."""

from portal.routes import routes

__all__ = ["routes"]
