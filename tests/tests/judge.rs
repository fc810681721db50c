//! Our IAM evaluator and the outside judge give the same verdicts, but for differences that are known by
//! name: over the table of our own (`local/tests/iam.yaml`) and over generated documents.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tollgate_local::iam::{Call, Document, Verdict};
use tollgate_tests::judge::Judge;

const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:local00000/local/";

/// Where the judge is known to decide otherwise than the IAM documents say, or takes what we refuse.
const DIFFERENCES: [&str; 12] = [
    "0.0.0.0/0 is the address 0.0.0.0",
    "a policy variable without a value covers nothing",
    "a question mark covers half of a character outside the first plane",
    "a star in a call's ARN is a wildcard",
    "a wildcard before the first slash of a resource is a letter",
    "a wildcard does not cover a line end",
    "addresses of the sixth version are compared as texts",
    "an address of one version is not outside of one of the other",
    "an ARN with too few parts is taken for a longer one",
    "an escape is one in every version",
    "seconds since 1970 are compared with milliseconds",
    "the parts of an ARN before the path are compared without case",
];

static JUDGE: LazyLock<Judge> = LazyLock::new(Judge::start);

/// A row of `local/tests/iam.yaml`, which says what its members are.
#[derive(Deserialize)]
struct Row {
    name: String,
    version: Option<String>,
    statements: Value,
    calls: BTreeMap<String, String>,
    differs: Option<String>,
}

impl Row {
    fn document(&self) -> Value {
        let mut statements = self.statements.clone();
        for statement in statements.as_array_mut().into_iter().flatten() {
            match statement.get_mut("Resource") {
                Some(Value::Array(resources)) => resources.iter_mut().for_each(lengthen),
                Some(resource) => lengthen(resource),
                None => {}
            }
        }
        let version = self.version.as_deref().unwrap_or("2012-10-17");
        json!({"Version": version, "Statement": statements})
    }
}

fn lengthen(resource: &mut Value) {
    if let Value::String(text) = resource
        && !text.starts_with("arn:")
        && text != "*"
    {
        *text = format!("{STAGE}{text}");
    }
}

fn millis(time: &str) -> i64 {
    let time = OffsetDateTime::parse(time, &Rfc3339).unwrap();
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap()
}

/// Both verdicts; `None` where a document is refused.
fn both(document: &Value, call: &Call<'_>) -> (Option<Verdict>, Option<Verdict>) {
    let ours = Document::read(document).map(|document| document.verdict(call));
    let theirs = JUDGE.verdicts(document, std::slice::from_ref(call));
    (
        ours.ok(),
        theirs.ok().and_then(|verdicts| verdicts.first().copied()),
    )
}

#[test]
fn both_agree_on_the_table_but_for_known_differences() {
    let rows: Vec<Row> = serde_yaml::from_str(include_str!("../../local/tests/iam.yaml")).unwrap();
    let mut compared = 0;
    for row in &rows {
        let document = row.document();
        let mut differing = 0;
        for text in row.calls.keys() {
            let (text, ip) = text.split_once(" from ").unwrap_or((text, "203.0.113.7"));
            let (path, at) = text
                .split_once(" at ")
                .unwrap_or((text, "2026-11-26T12:00:00Z"));
            let call = Call {
                arn: &format!("{STAGE}{path}"),
                unix_millis: millis(at),
                ip: ip.parse().ok(),
            };
            let (ours, theirs) = both(&document, &call);
            differing += usize::from(ours != theirs);
            if row.differs.is_none() && ours.is_some() {
                assert_eq!(ours, theirs, "{}: {text}", row.name);
                compared += 1;
            }
        }
        assert!(
            row.differs.is_none() || differing > 0,
            "{}: there is no difference any more",
            row.name
        );
    }
    assert!(compared > 100, "only {compared} calls were compared");
    let found: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.differs.as_deref())
        .collect();
    assert_eq!(found, BTreeSet::from(DIFFERENCES));
}

/// Text of a resource behind the stage, and of the paths it may cover, from few letters: so that they
/// meet. No text that a difference is about.
fn texts(pieces: &'static [&'static str], longest: usize) -> impl Strategy<Value = String> {
    vec(select(pieces), 0..=longest).prop_map(|pieces| pieces.concat())
}

fn resource() -> impl Strategy<Value = String> {
    let pieces = &[
        "a", "A", "/", "*", "?", "%2f", ".", "$", "${*}", "${?}", "${$}", ":", "é", "}", "(", "[",
        "\\",
    ];
    let path = (select(vec!["GET", "POST", "*", "G?T"]), texts(pieces, 5))
        .prop_map(|(method, path)| format!("{STAGE}{method}/{path}"));
    let stage = select(vec![
        "*".to_owned(),
        "arn:aws:execute-api:*:*:local00000/*".to_owned(),
        "arn:aws:execute-api:us-east-?:123456789012:local00000/l*l/GET/*".to_owned(),
        "arn:aws:execute-api:us-east-1:123456789012:other00000/local/*".to_owned(),
        "arn:aws:execute-api:us-east-1:999999999999:local00000/local/*".to_owned(),
    ]);
    prop_oneof![8 => path, 1 => stage]
}

fn path() -> impl Strategy<Value = String> {
    texts(
        &[
            "a", "A", "/", "%2f", ".", "$", "?", ":", "é", "{", "(", "[", "\\",
        ],
        5,
    )
}

fn condition() -> impl Strategy<Value = Value> {
    let dates = select(vec![
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ]);
    let times = vec(
        select(vec![
            "2026-11-26T11:59:59Z",
            "2026-11-26T12:00:00Z",
            "2026-11-26T13:00:00+01:00",
            "2026-11-27",
        ]),
        1..3,
    );
    let networks = vec(
        select(vec![
            "203.0.113.0/24",
            "203.0.113.7/32",
            "203.0.113.8/32",
            "10.0.0.0/8",
            "2001:db8::/32",
            "2001:db8::1/128",
        ]),
        1..3,
    );
    let seconds = select(vec!["1795694399", "1795694400", "1795694401"]);
    let date = (dates.clone(), times)
        .prop_map(|(operator, times)| json!({operator: {"aws:CurrentTime": times}}));
    let epoch = (dates, seconds)
        .prop_map(|(operator, seconds)| json!({operator: {"aws:EpochTime": seconds}}));
    let ip = (select(vec!["IpAddress", "NotIpAddress"]), networks)
        .prop_map(|(operator, networks)| json!({operator: {"aws:SourceIp": networks}}));
    prop_oneof![date, epoch, ip]
}

fn statement() -> impl Strategy<Value = Value> {
    let action = select(vec![
        "execute-api:Invoke",
        "execute-api:*",
        "*",
        "execute-api:inv?ke",
        "s3:GetObject",
    ]);
    let effect = select(vec!["Allow", "Allow", "Deny"]);
    let condition = proptest::option::weighted(0.3, condition());
    (effect, action, vec(resource(), 1..4), condition).prop_map(
        |(effect, action, resources, condition)| {
            let mut statement = json!({"Effect": effect, "Action": action, "Resource": resources});
            if let (Some(condition), Some(members)) = (condition, statement.as_object_mut()) {
                members.insert("Condition".to_owned(), condition);
            }
            statement
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_agree_on_generated_documents(
        statements in vec(statement(), 1..5),
        calls in vec((select(vec!["GET", "POST"]), path(), -1_i64..=1, select(vec!["203.0.113.7", "203.0.113.8", "10.1.2.3", "2001:db8::1", "nowhere"])), 1..20),
    ) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let arns: Vec<String> = calls.iter().map(|(method, path, ..)| format!("{STAGE}{method}/{path}")).collect();
        let noon = millis("2026-11-26T12:00:00Z");
        let calls: Vec<Call<'_>> = arns
            .iter()
            .zip(&calls)
            .map(|(arn, (.., seconds, ip))| Call { arn, unix_millis: noon + seconds * 1000, ip: ip.parse::<IpAddr>().ok() })
            .collect();
        let read = Document::read(&document).unwrap();
        let ours: Vec<Verdict> = calls.iter().map(|call| read.verdict(call)).collect();
        let theirs = JUDGE.verdicts(&document, &calls);
        prop_assert_eq!(Ok(ours), theirs, "{} {:?}", document, calls);
    }
}
