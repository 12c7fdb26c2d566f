"""Uploaded files: kept by content, read by whoever may read the record that holds them."""
