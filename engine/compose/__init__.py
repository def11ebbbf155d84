"""What exactly do they read? A rule's wording and its values become subject, text and HTML."""
