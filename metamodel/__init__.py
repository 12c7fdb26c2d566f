"""What a definition may say: source text in, a linked manifest or problems out."""
