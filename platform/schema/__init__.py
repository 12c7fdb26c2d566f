"""Bring a company's tables to what a release wants, and refuse what would lose data."""
