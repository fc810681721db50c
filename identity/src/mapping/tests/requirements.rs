//! What a token must say to be a user's.

use super::*;

fn requirement(written: Value) -> Requirement {
    serde_json::from_value(written).unwrap()
}

#[test]
fn each_demand_is_met_by_its_own_value() {
    let demands = json!([
        {"claim": "k", "is": "x"},
        {"claim": "k", "if_present": "x"},
        {"claim": "k", "is_not": "x"},
    ]);
    let [is, if_present, is_not] = serde_json::from_value::<[Requirement; 3]>(demands).unwrap();
    let (present, off) = (Requirement::present(&["k"]), Requirement::off(&["k"]));
    for (claims, expected) in [
        (json!({}), [false, true, true, false, true]),
        (json!({"k": null}), [false, false, true, false, true]),
        (json!({"k": false}), [false, false, true, true, true]),
        (json!({"k": true}), [false, false, true, true, false]),
        (json!({"k": "x"}), [true, true, false, true, false]),
        (json!({"k": "X"}), [false, false, true, true, false]),
        (json!({"k": ["x"]}), [false, false, true, true, false]),
        (json!({"k": 0}), [false, false, true, true, false]),
        (json!({"k": ""}), [false, false, true, true, false]),
        (json!({"l": "x"}), [false, true, true, false, true]),
    ] {
        let met = [&is, &if_present, &is_not, &present, &off].map(|demand| demand.is_met(&claims));
        assert_eq!(met, expected, "{claims}");
    }
}

#[test]
fn types_are_not_converted() {
    for (wanted, value, met) in [
        (json!(true), json!(true), true),
        (json!(true), json!("true"), false),
        (json!(1), json!(1), true),
        (json!(1), json!("1"), false),
        (json!(1), json!(true), false),
        (json!(["a"]), json!(["a"]), true),
        (json!(["a"]), json!(["a", "b"]), false),
        (json!({"a": 1}), json!({"a": 1}), true),
    ] {
        let demand = requirement(json!({"claim": "k", "is": wanted}));
        assert_eq!(
            demand.is_met(&json!({"k": value})),
            met,
            "{wanted}: {value}"
        );
    }
}

#[test]
fn an_is_takes_the_place_of_the_presets_and_all_else_comes_on_top() {
    let keycloak = Some(Preset::Keycloak);
    let all = |preset, own: Value| {
        let own: Vec<_> = serde_json::from_value(own).unwrap();
        Requirement::all(preset, &own)
    };
    let bearer = requirement(json!({"claim": "typ", "is": "Bearer"}));
    assert_eq!(all(keycloak, json!([])), std::slice::from_ref(&bearer));
    for own in [
        json!({"claim": "typ", "is_not": "ID"}),
        json!({"claim": "typ", "if_present": "ID"}),
        json!({"claim": ["x", "typ"], "is": "ID"}),
    ] {
        let both = [bearer.clone(), requirement(own.clone())];
        assert_eq!(all(keycloak, json!([own])), both);
    }
    for own in [
        json!({"claim": "typ", "is": "ID"}),
        json!({"claim": "/typ", "is": "ID"}),
    ] {
        assert_eq!(all(keycloak, json!([own])), [requirement(own)]);
    }
    assert_eq!(all(None, json!([])), []);
}

#[test]
fn what_a_requirement_or_a_list_of_claims_lacks_is_said() {
    for written in [
        json!({"claim": "k"}),
        json!({"claim": "k", "is": 1, "is_not": 2}),
    ] {
        let error = serde_json::from_value::<Requirement>(written).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`is`, `is_not` and `if_present`")
        );
    }
    let none = json!({"products": {"any": []}});
    let error = serde_json::from_value::<ClaimsSettings>(none).unwrap_err();
    assert!(
        error.to_string().contains("`any` names no claim"),
        "{error}"
    );
}
