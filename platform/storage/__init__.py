"""Storage: databases, companies, tables, releases."""
