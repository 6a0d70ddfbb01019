"""Scope: which tables a backup leaves out, each with the reason.

Everything else that the enabled services and the kernel keep is in it. Not among their tables and
never in a backup are `alembic_version_*`, whose revisions stand in the manifest, and what
procrastinate keeps on PostgreSQL, which only carries the numbers of rows in core_job.
"""

from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    "core_attempt": "counts of the last minutes, against guessing and floods; they begin anew",
    "core_change": "tells running processes what to render anew; a restored host renders all",
    "core_session": "a session that was ended since would come back: everybody signs in again",
}
