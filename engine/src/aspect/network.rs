//! Addresses that stand for all others where networks are asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tollgate_grammar::tree::Cidr;

use crate::expression::RequestFact;
use crate::outline::Leaf;

/// The first and last address of every network and the ones beside them: networks lie inside or
/// beside each other, so every region they make has one of these. And one of each family.
pub(super) fn addresses(leaves: &[&Leaf]) -> Vec<IpAddr> {
    let mut addresses = vec![
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ];
    for leaf in leaves {
        if let Leaf::Request(RequestFact::IpIn(network)) = leaf {
            addresses.extend(edges(network));
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

fn edges(network: &Cidr) -> Vec<IpAddr> {
    match network.address {
        IpAddr::V4(first) => {
            let first = first.to_bits();
            let host = u32::MAX.checked_shr(network.prefix.into()).unwrap_or(0);
            let last = first.saturating_add(host);
            let around = around(first.into(), last.into(), u32::MAX.into());
            around
                .filter_map(|bits| u32::try_from(bits).ok())
                .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
                .collect()
        }
        IpAddr::V6(first) => {
            let first = first.to_bits();
            let host = u128::MAX.checked_shr(network.prefix.into()).unwrap_or(0);
            around(first, first.saturating_add(host), u128::MAX)
                .map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
                .collect()
        }
    }
}

fn around(first: u128, last: u128, highest: u128) -> impl Iterator<Item = u128> {
    let before = first.checked_sub(1);
    let after = last.checked_add(1).filter(|after| *after <= highest);
    [Some(first), Some(last), before, after]
        .into_iter()
        .flatten()
}
