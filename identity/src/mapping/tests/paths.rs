//! The three spellings of the way to a claim.

use super::*;

fn path(written: &Value) -> Result<ClaimPath, String> {
    serde_json::from_value(written.clone()).map_err(|error| error.to_string())
}

#[test]
fn each_spelling_leads_to_its_claim() {
    let claims = json!({
        "plan": 1,
        "a.b": 2,
        "https://example.com/roles": 3,
        "cognito:groups": 4,
        "/x": 5,
        "a": {"b": 6, "c/d": 7, "e~f": 8, "~1": 9, "": 10, "0": [11]},
        "list": [{"x": 12}],
    });
    for (written, shown, value) in [
        (json!("plan"), "plan", Some(1)),
        (json!("a.b"), "a.b", Some(2)),
        (
            json!("https://example.com/roles"),
            "https://example.com/roles",
            Some(3),
        ),
        (
            json!(["https://example.com/roles"]),
            "https://example.com/roles",
            Some(3),
        ),
        (
            json!("/https:~1~1example.com~1roles"),
            "https://example.com/roles",
            Some(3),
        ),
        (json!("cognito:groups"), "cognito:groups", Some(4)),
        (json!(["/x"]), "/x", Some(5)),
        (json!("/~1x"), "/x", Some(5)),
        (json!(["a", "b"]), "a.b", Some(6)),
        (json!("/a/b"), "a.b", Some(6)),
        (json!("/a/c~1d"), "a.c/d", Some(7)),
        (json!("/a/e~0f"), "a.e~f", Some(8)),
        (json!(["a", "e~f"]), "a.e~f", Some(8)),
        // `~01` is `~1`, not a slash (RFC 6901 section 4).
        (json!("/a/~01"), "a.~1", Some(9)),
        (json!("/x"), "x", None),
        (json!("Plan"), "Plan", None),
        (json!("/a/b/c"), "a.b.c", None),
        (json!("/list/0/x"), "list.0.x", None),
        (json!("/a/0/0"), "a.0.0", None),
    ] {
        let path = path(&written).unwrap();
        assert_eq!(
            path.find(&claims).and_then(Value::as_i64),
            value,
            "{written}"
        );
        assert_eq!(path.to_string(), shown, "{written}");
    }
}

#[test]
fn what_names_no_claim_is_refused() {
    let names = |count| vec!["a"; count];
    assert!(path(&json!(names(16))).is_ok());
    assert!(path(&json!(format!("/{}", names(16).join("/")))).is_ok());
    for written in [
        json!(""),
        json!("/"),
        json!("//"),
        json!("/a/"),
        json!("/a//b"),
        json!("/a~"),
        json!("/a~2"),
        json!("/~"),
        json!("/~ä"),
        json!([]),
        json!([""]),
        json!(["a", ""]),
        json!(names(17)),
        json!(format!("/{}", names(17).join("/"))),
    ] {
        let error = path(&written).unwrap_err();
        assert!(
            error.contains("1 to 16 names, none of them empty"),
            "{written}: {error}"
        );
    }
    for written in [json!(7), json!(null), json!([7]), json!({"path": "a"})] {
        let error = path(&written).unwrap_err();
        assert!(
            error.contains("a claim is named by its name"),
            "{written}: {error}"
        );
    }
}
