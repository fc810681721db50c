//! Results as the XML of `JUnit`, which CI systems read: a suite a policy, a case a request line.

use std::fmt::Write as _;

use super::{Run, expected, human};

/// The document.
pub(super) fn report(runs: &[Run<'_>]) -> String {
    let failed: usize = runs.iter().map(Run::failed).sum();
    let all: usize = runs.iter().map(|run| run.examples.len()).sum();
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(
        xml,
        "<testsuites name=\"tollgate\" tests=\"{all}\" failures=\"{failed}\">"
    );
    for run in runs {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">",
            escaped(&run.path),
            run.examples.len(),
            run.failed()
        );
        for example in &run.examples {
            let (file, line, _) = run.place(example);
            let _ = write!(
                xml,
                "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{line}\"",
                escaped(example.test),
                escaped(&run.line(example)),
                escaped(file)
            );
            if example.holds() {
                xml.push_str("/>\n");
                continue;
            }
            let message = format!("expected {}, got {}", expected(example), example.got());
            let _ = writeln!(
                xml,
                ">\n      <failure message=\"{}\">{}</failure>\n    </testcase>",
                escaped(&message),
                escaped(&human::failure(run, example))
            );
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// Text for an element or a quoted attribute. What XML 1.0 has no place for becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            '\u{0}'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_policy_ends_an_element_or_an_attribute() {
        assert_eq!(
            escaped("a<b>&\"c\"\u{1b}]]>\u{ffff}"),
            "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}]]&gt;\u{fffd}"
        );
    }
}
