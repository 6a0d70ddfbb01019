"""What officers may be allowed to do; roles of the pack grant it."""

from civicapp import N_, Permission

READ = "parks.note.read"
ANSWER = "parks.note.answer"

PERMISSIONS = (
    Permission(READ, N_("Read notes")),
    Permission(ANSWER, N_("Answer notes")),
)
