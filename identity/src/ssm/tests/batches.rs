//! Many parameters at once, and which version of each.

use std::collections::HashSet;

use super::*;
use crate::loopback::{ssm_names, ssm_store};

/// Reads all of these from a server; each value or problem in their order.
async fn read_all(server: &Server, names: &[String]) -> Vec<Result<String, Problem>> {
    let wanted: Vec<ParameterRef> = names.iter().map(|name| name.parse().unwrap()).collect();
    let values = ssm_at(server).read(&wanted, ENOUGH).await;
    let value = |name| match &values[name] {
        Ok(secret) => Ok(secret.expose().to_owned()),
        Err(problem) => Err(problem.clone()),
    };
    wanted.iter().map(value).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("/p{n}")).collect()
}

#[tokio::test]
async fn ten_parameters_go_into_one_call_and_each_is_asked_for_once() {
    for (count, calls) in [(1, 1), (10, 1), (11, 2), (20, 2), (25, 3)] {
        let server = Server::start(|_, request| ssm_store(request, |n| Some(n.to_owned()))).await;
        let names = numbered(count);
        let twice = [names.clone(), names.clone()].concat();
        let read = read_all(&server, &twice).await;
        let expected: Vec<_> = twice.into_iter().map(Ok).collect();
        assert_eq!(read, expected);
        let requests = server.requests();
        assert_eq!(requests.len(), calls, "{count} parameters");
        let mut asked: Vec<_> = requests.iter().flat_map(ssm_names).collect();
        asked.sort();
        let mut names = names;
        names.sort();
        assert_eq!(asked, names);
    }
    let server = Server::start(|_, request| ssm_store(request, |_| None)).await;
    assert!(read_all(&server, &[]).await.is_empty());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn no_call_waits_for_another_and_all_end_in_time() {
    let within = Duration::from_secs(1);
    let hanging = Server::start(|_, _| Reply::Hang).await;
    let wanted: Vec<ParameterRef> = numbered(40).iter().map(|n| n.parse().unwrap()).collect();
    let values = ssm_at(&hanging).read(&wanted, within).await;
    assert_eq!(values.len(), 40);
    for value in values.into_values() {
        assert_eq!(value.unwrap_err(), Problem::TimedOut(within));
    }
    let requests = hanging.requests();
    let asked: HashSet<_> = requests.iter().flat_map(ssm_names).collect();
    assert_eq!(asked.len(), 40, "not all calls were made");
}

#[tokio::test]
async fn versions_and_labels_are_told_apart() {
    let names = ["/x", "/x:3", "/x:live", "/y:3", "/x:4"].map(str::to_owned);
    let server = Server::start(|_, request| {
        ssm_store(request, |name| {
            (name != "/x:4").then(|| format!("value of {name}"))
        })
    })
    .await;
    let read = read_all(&server, &names).await;
    let value = |name: &str| Ok(format!("value of {name}"));
    let expected = [
        value("/x"),
        value("/x:3"),
        value("/x:live"),
        value("/y:3"),
        Err(Problem::Missing),
    ];
    assert_eq!(read, expected);
    for request in server.requests() {
        let names = ssm_names(&request);
        let of_x = names.iter().filter(|name| name.starts_with("/x"));
        assert_eq!(of_x.count(), 1, "{names:?}");
    }
}

#[tokio::test]
async fn another_version_than_the_one_asked_for_is_not_taken() {
    for (asked, answered, taken) in [
        ("/x:3", r#""Selector":":3","Version":3"#, true),
        ("/x:3", r#""Version":3"#, true),
        ("/x:live", r#""Selector":":live","Version":3"#, true),
        ("/x:live", r#""Version":3"#, true),
        ("/x", r#""Version":3"#, true),
        ("/x:3", r#""Selector":":4","Version":4"#, false),
        ("/x:3", r#""Version":4"#, false),
        ("/x:3", r#""Selector":"3","Version":3"#, false),
        ("/x:live", r#""Selector":":Live","Version":3"#, false),
    ] {
        let server = Server::start(move |_, _| {
            let body = format!(r#"{{"Parameters":[{{"Name":"/x","Value":"key",{answered}}}]}}"#);
            Reply::new(200, "application/x-amz-json-1.1", &body)
        })
        .await;
        let read = read_one(&server, asked, ENOUGH).await;
        let read = read.map_err(|error| error.problem);
        let expected = if taken {
            Ok("key".to_owned())
        } else {
            Err(Problem::Incomplete)
        };
        assert_eq!(read, expected, "{asked} {answered}");
    }
}

#[tokio::test]
async fn a_missing_version_or_label_says_so() {
    for (name, words) in [
        ("/x:3", "has no such version"),
        ("/x:live", "none of its versions has this label"),
    ] {
        let server = Server::start(|_, request| ssm_store(request, |_| None)).await;
        let error = read_one(&server, name, ENOUGH).await.unwrap_err();
        assert_eq!(error.problem, Problem::Missing);
        let text = error.to_string();
        assert!(text.contains(words) && text.contains(name), "{text}");
    }
    for code in ["ParameterVersionNotFound", "ParameterNotFound"] {
        let server = Server::start(move |_, _| ssm_error(400, code, "no")).await;
        let error = read_one(&server, "/x:3", ENOUGH).await.unwrap_err();
        assert_eq!(error.problem, Problem::Missing, "{code}");
    }
    let error = ParameterError {
        parameter: "/x:3".parse().unwrap(),
        problem: Problem::Denied,
    };
    let text = error.to_string();
    assert!(
        text.contains("ACCOUNT:parameter/x`"),
        "a permission has no version: {text}"
    );
}

/// SSM refuses the whole call when one of its parameters may not be read.
#[tokio::test]
async fn one_that_is_refused_does_not_take_the_others_with_it() {
    let denied = "not authorized to perform: ssm:GetParameters on resource: parameter/p3";
    for (code, problem) in [
        ("AccessDeniedException", Problem::Denied),
        ("InvalidKeyId", Problem::KeyDenied),
        (
            "ValidationException",
            Problem::Refused("ValidationException".into()),
        ),
    ] {
        let server = Server::start(move |_, request| {
            if ssm_names(request).iter().any(|name| name == "/p3") {
                ssm_error(400, code, denied)
            } else {
                ssm_store(request, |name| Some(name.to_owned()))
            }
        })
        .await;
        let names = numbered(12);
        let read = read_all(&server, &names).await;
        for (name, read) in names.iter().zip(read) {
            let expected = if name == "/p3" {
                Err(problem.clone())
            } else {
                Ok(name.clone())
            };
            assert_eq!(read, expected, "{name}");
        }
        assert_eq!(server.requests().len(), 2 + 10, "{code}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_all_is_not_asked_again() {
    for (code, problem) in [
        (
            "ExpiredTokenException",
            Problem::Credentials("ExpiredTokenException".into()),
        ),
        ("ThrottlingException", Problem::Throttled),
        (
            "InternalServerError",
            Problem::Refused("InternalServerError".into()),
        ),
    ] {
        let server = Server::start(move |_, _| ssm_error(400, code, "no")).await;
        let read = read_all(&server, &numbered(3)).await;
        assert_eq!(read, vec![Err(problem); 3]);
        assert!(server.requests().len() <= 3, "more than the SDK's attempts");
    }
}
