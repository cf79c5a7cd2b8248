"""Citations by the Citation Style Language 1.0.2: a style and references in, text with roles out."""
