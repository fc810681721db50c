//! The condition of a rule, part by part.

use tollgate_engine::explain::Checked;

use crate::requests::Call;
use crate::subject::{Subject, user};

#[test]
fn the_tree_has_names_and_lists_written_out() {
    let subject = Subject::new(&[
        "tier pro is product p\ntier light is product l\nlet staff is email @example.com and mfa\nroute /{id}/x requires staff or tier light or (role a or b) or not user {id}\n".to_owned(),
    ]);
    let explanation = subject.explain(
        Some(&user(&["p"], &["totp"], &[])),
        &Call::of("GET", "/u-1/x"),
    );
    let mut lines = String::new();
    let condition = explanation.routes[0].condition.as_ref().unwrap();
    write(condition, 0, &mut lines);
    assert_eq!(
        lines,
        "\
any of True
  staff False
    all of False
      email @example.com False
      mfa True
  tier light True
    any of True
      product l False
      tier pro True
        product p True
  any of False
    role a False
    role b False
  not False
    user {id} True ({id} is `u-1`)
"
    );
}

fn write(checked: &Checked, depth: usize, lines: &mut String) {
    let note = checked
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!(" ({note})"));
    let line = format!(
        "{}{} {:?}{note}\n",
        "  ".repeat(depth),
        checked.text,
        checked.value
    );
    lines.push_str(&line);
    for part in &checked.parts {
        write(part, depth + 1, lines);
    }
}
