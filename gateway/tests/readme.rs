//! Every configuration in the documentation is read as it stands there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;

use tollgate_gateway::Settings;

fn examples(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    text.split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .filter(|example| example.contains("providers:"))
        .collect()
}

#[test]
fn every_configuration_shown_can_be_used() {
    for (file, least) in [
        ("README.md", 1),
        ("identity/README.md", 10),
        ("gateway/README.md", 2),
    ] {
        let examples = examples(file);
        assert!(examples.len() >= least, "{file} shows {}", examples.len());
        for example in examples {
            if let Err(error) = Settings::read(file, &example) {
                panic!("{error}\n{example}");
            }
        }
    }
}
