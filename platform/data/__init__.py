"""Load the records that ship with a release."""
