"""A synthetic physician practice, calibrated to public figures, to try the program and to test it.

Nothing in it is real: facilities, patients, payers and identifiers are invented and named so that nobody can
mistake them. `generate` makes events; `write_x12` writes them as the files an office would have;
`write_rows` puts the same into a database directly.
"""
