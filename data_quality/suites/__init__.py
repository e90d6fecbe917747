"""Great Expectations suites of four layers: source, lake, cdm, release.

Nothing here is imported by the rest of the package unless the suites run: importing Great
Expectations alone takes seconds.
"""
