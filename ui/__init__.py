"""What a person sees: lists, forms and the pages around them."""
