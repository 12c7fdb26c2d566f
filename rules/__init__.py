"""What a definition means: values in, decisions out; it never acts."""
