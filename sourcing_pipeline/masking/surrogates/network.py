"""Made-up IP addresses and links, from the ranges that are kept for documentation (RFC 5737, RFC 3849,
RFC 2606).
"""

import ipaddress
from typing import TYPE_CHECKING

from sourcing_pipeline.masking.surrogates.shapes import cased, shaped

if TYPE_CHECKING:
    from faker import Faker

_V4 = ("192.0.2", "198.51.100", "203.0.113")


def ip(value: str, fake: "Faker") -> str:
    """An address of the same version; a prefix length after it stays."""
    address, slash, prefix = value.partition("/")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return shaped(value, fake)
    if version == 4:
        made = f"{fake.random.choice(_V4)}.{fake.random.randint(1, 254)}"
    else:
        groups = ":".join(f"{fake.random.randint(1, 0xFFFF):x}" for _ in range(2))
        made = f"2001:db8:{groups}::{fake.random.randint(1, 0xFFFF):x}"
    return f"{cased(made, address)}{slash}{prefix}"


def url(_value: str, fake: "Faker") -> str:
    """A link with a path of eight letters and digits."""
    path = "".join(fake.random.choices("abcdefghijkmnpqrstuvwxyz23456789", k=8))
    return f"https://example.com/{path}"
