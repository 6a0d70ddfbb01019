"""What `serve --demo` prints: how to sign in, one line per role."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from civicapp.cli.tree import aligned

if TYPE_CHECKING:
    from civicapp.backing import Backing
    from civicapp.identity.demo import DemoAccount
    from civicapp.region import Region


def sign_ins(backing: "Backing", address: str) -> Iterator[str]:
    """Make the sample data that are missing, and write how to sign in."""
    from civicapp.identity.demo import seed_demo_accounts
    from civicapp.seeding import seed

    region = backing.kernel.region
    made = backing.database.write_now(seed_demo_accounts, region, backing.cipher)
    seed(backing)
    if not made:
        return
    yield f"sign in at {address}/account/sign-in with the password {made[0].password}"
    yield from aligned([[f"  {account.email}", _who(region, account)] for account in made])


def _who(region: "Region", account: "DemoAccount") -> str:
    role = region.roles[account.role].name.text("en", *region.languages)
    if account.agency is None:
        return role
    office = region.agencies.office(account.agency, account.area)
    return f"{role}, {office.full_name if office else account.agency}"
