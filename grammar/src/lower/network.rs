//! Addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::Reader;
use crate::syntax::{Pair, Rule};
use crate::tree::Cidr;
use crate::words::shown;

/// `10.0.0.0/8`, or one address.
pub(super) fn network(reader: &mut Reader, pair: &Pair) -> Option<Cidr> {
    let word = pair.as_str();
    let problem = match word.split_once('/') {
        None => match word.parse() {
            Ok(address) => judge(address, bits(address)),
            Err(_) => Err(not_an_address(word)),
        },
        Some((address, prefix)) => match (address.parse(), prefix_of(prefix)) {
            (Err(_), _) => Err(not_an_address(address)),
            (Ok(address), Some(prefix)) if prefix <= bits(address) => judge(address, prefix),
            (Ok(address), _) if prefix.is_empty() => Err((
                "the length of this network is missing after `/`".to_owned(),
                format!("it is a whole number up to {}", bits(address)),
            )),
            (Ok(address), _) => Err((
                format!("{} is not the length of an IP network", shown(prefix)),
                format!(
                    "for `{address}` it is a whole number up to {}",
                    bits(address)
                ),
            )),
        },
    };
    problem
        .map_err(|(message, help)| {
            reader.report(Diagnostic::new(Code::BadNetwork, reader.span(pair), message).help(help));
        })
        .ok()
}

/// One address.
pub(super) fn address(reader: &mut Reader, pair: &Pair) -> Option<IpAddr> {
    let word = pair.as_str();
    if pair.as_rule() != Rule::string
        && let Ok(address) = word.parse()
    {
        return Some(address);
    }
    let (message, help) = match word.split_once('/') {
        Some((address, _)) if address.parse::<IpAddr>().is_ok() => (
            format!(
                "{} is a network, a request comes from one address",
                shown(word)
            ),
            format!("write `{address}`"),
        ),
        _ => not_an_address(word),
    };
    reader.report(Diagnostic::new(Code::BadNetwork, reader.span(pair), message).help(help));
    None
}

fn not_an_address(word: &str) -> (String, String) {
    let help = if word.contains('*') {
        "write a network with its length: `10.0.0.0/8`"
    } else if word.contains('-') {
        "write networks instead of a range: `10.0.0.0/24 or 10.0.1.0/25`"
    } else {
        "write an address such as `192.0.2.7` or a network such as `10.0.0.0/8` or `2001:db8::/32`"
    };
    (
        format!("{} is not an IP address", shown(word)),
        help.to_owned(),
    )
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn prefix_of(digits: &str) -> Option<u8> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    let padded = digits.len() > 1 && digits.starts_with('0');
    if !plain || padded {
        return None;
    }
    digits.parse().ok()
}

fn judge(address: IpAddr, prefix: u8) -> Result<Cidr, (String, String)> {
    // A request's IPv4 address is never given in this form, so the network would hold nobody.
    if let IpAddr::V6(v6) = address
        && let Some(v4) = v6.to_ipv4_mapped()
    {
        let prefix = prefix.saturating_sub(96);
        return Err((
            format!("`{address}` is an IPv4 address in IPv6 form, which no request has"),
            format!("write `{}/{prefix}`", masked(IpAddr::V4(v4), prefix)),
        ));
    }
    let network = masked(address, prefix);
    if network != address {
        return Err((
            format!("`{address}/{prefix}` is an address inside a network, not a network"),
            format!(
                "write `{network}/{prefix}` for the network, or `{address}` for the one address"
            ),
        ));
    }
    Ok(Cidr { address, prefix })
}

/// The address with all bits after the prefix zero.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(prefix.min(32)))
                .unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(prefix.min(128)))
                .unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}
