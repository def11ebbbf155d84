"""The process that decides and delivers while the shop works."""
