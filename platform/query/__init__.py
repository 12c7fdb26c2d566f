"""The one query compiler: filter, sort, search, page, total, always within the actor's access."""
