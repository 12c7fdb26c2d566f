"""The verbs of the `sartor` command."""
