import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import ip
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "login from ⟦86.121.97.248⟧.",
    "⟦203.0.113.7⟧:443",
    "client ⟦192.168.1.23⟧ failed",
    "⟦2001:db8:85a3::8a2e:370:7334⟧ and ⟦fe80::1ff:fe23:4567:890a⟧",
    "listen on 127.0.0.1 or 0.0.0.0",
    "netmask 255.255.255.0, network 10.0.0.0/8",
    "use 8.8.8.8",
    "version 1.2.3.4",
    "package==10.20.30.40",
    "at 12:30:45 on std::vector, a::b",
    "300.1.1.1",
    "section 1.2.3.4.5",
    "mapped ⟦::ffff:203.0.113.9⟧ and ⟦2001:db8::⟧",
    "[⟦2001:db8::1⟧]:443 via ⟦fe80::1ff:fe23:4567:890a%eth0⟧.",
    "⟦2001:0db8:85a3:0000:0000:8a2e:0370:7334⟧",
    "http://⟦203.0.113.7⟧:8080/x",
    "padded ⟦192.168.001.023⟧",
    "a,⟦203.0.113.7⟧,b",
    "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36",
    "firmware 4.1.2.7 on iOS 17.1.2.3",
    "section 3.2.1.4 and §1.2.3.4",
    "route 2001:db8::/32",
    "MAC ab:cd:ef:12:34:56",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_addresses_and_nothing_else(marked: str) -> None:
    check(ip.build(Masking()), marked)
