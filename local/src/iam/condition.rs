//! Conditions of a statement: times and addresses, in the operators and keys that an authorizer's
//! document has a use for (IAM user guide, condition operators and global condition context keys).

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Call, object};

/// One operator with one key. Values are alternatives: it holds if it does for any of them.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// Whether the time of the call is on the right side of a time, by one of these orders.
    Date {
        key: Clock,
        orders: &'static [Ordering],
        /// Milliseconds since 1970.
        values: Vec<i128>,
    },
    /// Whether the caller's address is in none of these networks, or in one of them.
    Address { within: bool, values: Vec<IpNet> },
}

/// A key whose value is the time of the call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    /// `aws:CurrentTime`
    Current,
    /// `aws:EpochTime`: whole seconds.
    Epoch,
}

/// What an operator does with the values of its keys.
#[derive(Debug, Clone, Copy)]
enum Operator {
    Date(&'static [Ordering]),
    Address { within: bool },
}

const OPERATORS: [(&str, Operator); 6] = [
    ("DateLessThan", Operator::Date(&[Ordering::Less])),
    (
        "DateLessThanEquals",
        Operator::Date(&[Ordering::Less, Ordering::Equal]),
    ),
    ("DateGreaterThan", Operator::Date(&[Ordering::Greater])),
    (
        "DateGreaterThanEquals",
        Operator::Date(&[Ordering::Greater, Ordering::Equal]),
    ),
    ("IpAddress", Operator::Address { within: true }),
    ("NotIpAddress", Operator::Address { within: false }),
];

impl Condition {
    /// Reads all of a statement's; the statement applies if each of them holds.
    ///
    /// # Errors
    /// What is not understood.
    pub(super) fn read(block: &Value) -> Result<Vec<Self>, String> {
        let mut conditions = Vec::new();
        for (name, keys) in object(block, "`Condition`")? {
            let operator = OPERATORS.iter().find(|(known, _)| known == name);
            let Some((_, operator)) = operator else {
                let known = OPERATORS.map(|(known, _)| known).join(", ");
                return Err(format!(
                    "`Condition` operator `{name}` is not understood; known are {known}"
                ));
            };
            for (key, values) in object(keys, &format!("`{name}`"))? {
                let condition = Self::one(*operator, key, values);
                conditions.push(condition.map_err(|why| format!("`{name}` `{key}`: {why}"))?);
            }
        }
        if conditions.is_empty() {
            return Err("`Condition` must have an operator with a key".to_owned());
        }
        Ok(conditions)
    }

    fn one(operator: Operator, key: &str, values: &Value) -> Result<Self, String> {
        let values = match values {
            Value::Array(values) if values.is_empty() => {
                return Err("it must have a value".to_owned());
            }
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        // Keys are compared without case (IAM user guide, IAM JSON policy elements: Condition).
        match (operator, key.to_ascii_lowercase().as_str()) {
            (Operator::Date(orders), key @ ("aws:currenttime" | "aws:epochtime")) => {
                Ok(Self::Date {
                    key: if key == "aws:epochtime" {
                        Clock::Epoch
                    } else {
                        Clock::Current
                    },
                    orders,
                    values: values.iter().map(time).collect::<Result<_, _>>()?,
                })
            }
            (Operator::Address { within }, "aws:sourceip") => Ok(Self::Address {
                within,
                values: values.iter().map(network).collect::<Result<_, _>>()?,
            }),
            (Operator::Date(_), _) => Err(
                "the key is not understood; known are aws:CurrentTime, aws:EpochTime".to_owned(),
            ),
            (Operator::Address { .. }, _) => {
                Err("the key is not understood; known is aws:SourceIp".to_owned())
            }
        }
    }

    pub(super) fn holds(&self, call: &Call<'_>) -> bool {
        match self {
            Self::Date {
                key,
                orders,
                values,
            } => {
                let now = match key {
                    Clock::Current => call.unix_millis,
                    Clock::Epoch => call.unix_millis.div_euclid(1000) * 1000,
                };
                let holds = |value: &i128| orders.contains(&i128::from(now).cmp(value));
                values.iter().any(holds)
            }
            // A request without an address is in no network: a positive operator does not hold for a
            // key that is absent, a negative one does.
            Self::Address { within, values } => {
                let contains = |ip: IpAddr| values.iter().any(|network| network.contains(&ip));
                call.ip.is_some_and(contains) == *within
            }
        }
    }
}

/// A time in milliseconds since 1970: RFC 3339, a date alone (its first moment in UTC), or whole seconds
/// since 1970.
fn time(value: &Value) -> Result<i128, String> {
    let wrong = || {
        format!("`{value}` is no time: write `2026-11-26T14:00:00Z`, a date, or seconds since 1970")
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(wrong()),
    };
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(i128::from(seconds) * 1000);
    }
    let whole = if text.len() == "2026-11-26".len() {
        text + "T00:00:00Z"
    } else {
        text
    };
    // The library takes anything between date and time, IAM a `T` alone.
    if whole.get(10..11) != Some("T") {
        return Err(wrong());
    }
    let time = OffsetDateTime::parse(&whole, &Rfc3339).map_err(|_| wrong())?;
    Ok(time.unix_timestamp_nanos().div_euclid(1_000_000))
}

/// A network in CIDR notation, or an address for itself.
fn network(value: &Value) -> Result<IpNet, String> {
    let text = value.as_str().unwrap_or_default();
    let network = text.parse::<IpNet>();
    let network = network.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| format!("`{value}` is no network: write `203.0.113.0/24`"))
}
