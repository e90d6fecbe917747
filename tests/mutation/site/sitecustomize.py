"""Programs that a test starts record their lines too: see :mod:`tests.mutation.reach`."""

import os

if os.environ.get("MUTANTS_REACH"):
    from tests.mutation import reach

    reach.begin()
