"""What officers may be allowed to do with prices."""

from civicapp import N_, Permission

ENTER = "prices.quote.enter"
REVIEW = "prices.quote.review"
READ = "prices.quote.read"

PERMISSIONS = (
    Permission(READ, N_("Read quotes and entries")),
    Permission(ENTER, N_("Enter prices in a market")),
    Permission(REVIEW, N_("Decide about flagged prices")),
)
