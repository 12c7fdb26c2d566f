"""The fixtures that every test may use."""

pytest_plugins = ["sartor.tests.databases", "sartor.tests.pages"]
