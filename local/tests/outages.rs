//! What is switched on and off while the stand-ins run: faults, latency, and changes of users.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod provider;

use std::time::{Duration, Instant};

use provider::{client, parts};
use reqwest::Response;
use tollgate_local::dev::{self, Provider, StandIn};
use tollgate_local::fault::{Fault, NamedFault};
use tollgate_local::issuer::{IssuerOptions, IssuerStandIn};
use tollgate_local::place::Place;
use tollgate_local::stand_in::UnknownUser;
use tollgate_local::tiun::{TiunOptions, TiunStandIn};
use tollgate_local::token::Validity;
use tollgate_local::users::{Catalogue, Change, Environment, Session, TokenState, Users};

const LIVE: Environment = Environment::Live;

async fn issuer() -> IssuerStandIn {
    IssuerStandIn::start(IssuerOptions::development(LIVE).unwrap())
        .await
        .unwrap()
}

async fn jwks(issuer: &IssuerStandIn) -> reqwest::Result<Response> {
    client().get(issuer.jwks_url()).send().await
}

#[tokio::test]
async fn a_fault_lasts_until_it_is_switched_off() {
    let issuer = issuer().await;
    for _ in 0..2 {
        assert_eq!(jwks(&issuer).await.unwrap().status(), 200);
        issuer.set_fault(NamedFault::Busy);
        assert_eq!(issuer.fault(), NamedFault::Busy);
        for _ in 0..3 {
            let response = jwks(&issuer).await.unwrap();
            assert_eq!(
                (
                    response.status().as_u16(),
                    &response.headers()["retry-after"]
                ),
                (429, &"1".parse().unwrap())
            );
        }
        issuer.set_fault(NamedFault::None);
    }
}

#[tokio::test]
async fn a_fault_of_a_test_goes_first() {
    let issuer = issuer().await;
    issuer.set_fault(NamedFault::Error);
    issuer.fail_times(1, Fault::Status(404));
    assert_eq!(jwks(&issuer).await.unwrap().status(), 404);
    assert_eq!(jwks(&issuer).await.unwrap().status(), 500);
    issuer.recover();
    assert_eq!(jwks(&issuer).await.unwrap().status(), 500);
    issuer.set_fault(NamedFault::None);
    assert_eq!(jwks(&issuer).await.unwrap().status(), 200);
}

#[tokio::test]
async fn every_named_fault_is_what_it_says() {
    let issuer = issuer().await;
    for fault in NamedFault::all() {
        issuer.set_fault(fault);
        let asked = tokio::time::timeout(Duration::from_secs(3), async {
            let response = jwks(&issuer).await.map_err(|_| "broken off")?;
            let status = response.status().as_u16();
            let body = response.bytes().await.map_err(|_| "broken off")?;
            let json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
            Ok::<_, &str>((status, json, body.len() > 1_000_000))
        })
        .await;
        let expected = match fault {
            NamedFault::None | NamedFault::Slow => Ok(Ok((200, true, false))),
            NamedFault::Down | NamedFault::CutOff => Ok(Err("broken off")),
            NamedFault::Silent => Err(()),
            NamedFault::Busy => Ok(Ok((429, true, false))),
            NamedFault::Error => Ok(Ok((500, true, false))),
            NamedFault::KeyRefused => Ok(Ok((401, true, false))),
            NamedFault::Html => Ok(Ok((503, false, false))),
            NamedFault::Garbage => Ok(Ok((200, false, false))),
            NamedFault::Huge => Ok(Ok((200, true, true))),
        };
        assert_eq!(asked.map_err(drop), expected, "{}", fault.name());
    }
}

#[tokio::test]
async fn latency_delays_every_answer() {
    let issuer = issuer().await;
    let latency = Duration::from_millis(200);
    issuer.set_latency(latency);
    assert_eq!(issuer.latency(), latency);
    let start = Instant::now();
    assert_eq!(jwks(&issuer).await.unwrap().status(), 200);
    assert!(start.elapsed() >= latency);
}

async fn providers() -> Vec<Provider> {
    let tiun = TiunStandIn::start(TiunOptions::development(LIVE).unwrap())
        .await
        .unwrap();
    let all = [
        ("tiun", StandIn::Tiun(tiun)),
        ("main", StandIn::Issuer(issuer().await)),
    ];
    all.map(|(name, stand_in)| Provider {
        name: name.to_owned(),
        place: Place::Bearer,
        tells_products: true,
        stand_in,
    })
    .into()
}

#[tokio::test]
async fn a_user_is_one_person_at_all_providers() {
    let providers = providers().await;
    let user = |number: usize| {
        let users = providers.get(number).unwrap().stand_in.users();
        users
            .into_iter()
            .find(|(name, _)| name == "light")
            .unwrap()
            .1
    };
    assert!(!dev::is_user_changed(&providers, "light"));
    let bought = Change {
        products: Some(vec!["p-live-pro".to_owned()]),
        ..Change::default()
    };
    dev::change_user(&providers, "light", &bought).unwrap();
    let left = Change {
        session: Some(Session::Ended),
        ..Change::default()
    };
    dev::change_user(&providers, "light", &left).unwrap();
    for number in [0, 1] {
        assert_eq!(user(number).products, bought.products);
        assert_eq!(user(number).session, Session::Ended);
    }
    assert!(dev::is_user_changed(&providers, "light"));
    assert!(!dev::is_user_changed(&providers, "pro"));
    dev::restore_user(&providers, "light").unwrap();
    assert_eq!(user(0).session, Session::Active);
    assert!(!dev::is_user_changed(&providers, "light"));

    dev::change_user(&providers, "light", &left).unwrap();
    for provider in &providers {
        provider.stand_in.set_users(Users::embedded().unwrap());
    }
    assert!(
        !dev::is_user_changed(&providers, "light"),
        "saving the file makes it count again"
    );
    assert_eq!(
        dev::change_user(&providers, "nobody", &left),
        Err(UnknownUser)
    );
    assert_eq!(dev::restore_user(&providers, "nobody"), Err(UnknownUser));
}

#[tokio::test]
async fn a_changed_token_is_expired() {
    let providers = providers().await;
    let expired = Change {
        token: Some(TokenState::Expired),
        ..Change::default()
    };
    dev::change_user(&providers, "light", &expired).unwrap();
    for provider in &providers {
        let token = provider.stand_in.token("light").unwrap();
        assert!(parts(&token).1["exp"].as_u64().unwrap() < provider::now());
    }
}

#[tokio::test]
async fn a_token_to_order_is_good_as_long_as_was_asked() {
    for provider in &providers().await {
        let lasts = |validity| {
            let token = provider.stand_in.token_to_order("light", validity).unwrap();
            let (_, claims) = parts(&token);
            claims["exp"].as_i64().unwrap() - i64::try_from(provider::now()).unwrap()
        };
        let asked = lasts(Validity::For(Duration::from_secs(1000)));
        assert!((990..=1000).contains(&asked), "{asked}");
        assert!(lasts(Validity::Expired) < 0);
        assert!(lasts(Validity::Development) > 1_000_000);
    }
}

#[test]
fn products_of_a_change_are_those_of_a_users_file() {
    let change = |product: &str| Change {
        products: Some(vec![product.to_owned()]),
        ..Change::default()
    };
    for (product, catalogue, expected) in [
        ("p-live-pro", Catalogue::Tiun, true),
        ("p-test-pro", Catalogue::Tiun, false),
        ("pro", Catalogue::Tiun, false),
        ("pro", Catalogue::Any, true),
        ("", Catalogue::Any, false),
    ] {
        assert_eq!(
            change(product).check(LIVE, catalogue).is_ok(),
            expected,
            "{product:?}"
        );
    }
    assert_eq!(Change::default().check(LIVE, Catalogue::Tiun), Ok(()));
}
