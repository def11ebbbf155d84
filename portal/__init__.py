"""What customers and providers reach: plain routes, rendered on the server, no JavaScript needed."""
