"""Believable demo records, as a company's samples describe them."""
