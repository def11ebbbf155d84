"""Measurements of what has to be quick; `make bench` prints them."""
