//! Any text as an `authorizer.yaml`: refused with a message that names the file and repeats no key that
//! was pasted into it; or taken, and then an authorizer starts with it or says why not.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use tokio::runtime::{Builder, Runtime};
use tollgate_engine::Needs;
use tollgate_fuzz::{log, token};
use tollgate_gateway::{Authorizer, Files, Settings};
use tollgate_identity::http::script;
use tollgate_identity::sources::{Clock, Sources};

const FILE: &str = "fuzz/authorizer.yaml";
/// Every environment variable there is.
const VARIABLE: &str = "zq: a key of 32 bytes, or more than that";
/// A key, as operators paste them where its place belongs.
const PASTED: &str = "Zq7pasted";
const POLICY: &str = "route / is public\nroute /x requires user and not role admin\n";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime")
});

fuzz_target!(
    init: log::listen(),
    |bytes: &[u8]| -> Corpus {
        let Ok(text) = str::from_utf8(bytes) else {
            return Corpus::Reject;
        };
        match Settings::read(FILE, text) {
            Ok(settings) => start(text, &settings),
            Err(error) => {
                let message = error.to_string();
                let told = message.strip_prefix(FILE).and_then(|told| told.strip_prefix(": "));
                assert!(told.is_some_and(|told| !told.trim().is_empty()), "{message}");
                assert!(!message.contains(PASTED), "a key is repeated: {message}");
            }
        }
        let logged = log::take();
        // What is in the text as well may be the name of a provider, which is told.
        let key = VARIABLE.trim_start_matches("zq: ");
        let told = logged.contains(key) && !text.contains(key);
        assert!(!told, "logged: {logged}");
        Corpus::Keep
    }
);

fn start(text: &str, settings: &Settings) {
    for provider in &settings.providers {
        let verification = provider.verification(&Needs::default());
        assert!(!provider.name.is_empty() && !verification.why.is_empty());
    }
    // Nothing is asked for over a network, and nothing read from this machine.
    if ["file", "extra_roots", "\\"]
        .iter()
        .any(|place| text.contains(place))
    {
        return;
    }
    script::set([]);
    let files = Files {
        policies: vec![("fuzz/access.policy".to_owned(), POLICY.into())],
        settings: (FILE.to_owned(), text.to_owned()),
    };
    let sources = Sources::system()
        .with_variables(|_| Some(VARIABLE.to_owned()))
        .with_clock(Clock::new(token::now));
    if let Err(error) = RUNTIME.block_on(Authorizer::start(&files, &sources)) {
        let message = error.to_string();
        assert!(!message.contains(VARIABLE), "a secret is told: {message}");
    }
}
