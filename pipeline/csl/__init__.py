"""Citations by the Citation Style Language 1.0.2: a style, references and clusters in; text with roles out.

Stands alone: nothing of the house is imported, no file is opened. XML comes in as
bytes, and `values` holds what goes in and out:

    style, faults = compile_style(xml, locale_bytes, "en-GB")   # `engine`; locale_bytes("en-GB") → bytes | None
    register, faults = style.register(references, clusters)     # CSL-JSON by id; clusters in the order of reading
    register.citations()                                        # one `Citation` for each cluster
    register.entries(lambda key: …)                             # the bibliography, or a part of it

A style is compiled once into closures (`style`, `name_lists`, `conditions`); text on its
way is a string with marks (`marks`), which `output` turns into runs with roles.
Where the specification is silent, the official test-suite decides.
"""
