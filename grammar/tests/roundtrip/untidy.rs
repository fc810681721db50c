//! A tidy text made untidy.

/// The same policy with comments and blank lines, other white space, and statements that go on
/// over several lines.
pub fn untidy(text: &str, edits: &[u8]) -> String {
    let mut untidy = String::new();
    let mut in_test = false;
    for (line, edit) in text.lines().zip(edits.iter().cycle()) {
        let bit = |number: u32| edit & (1 << number) != 0;
        in_test = (in_test || line.starts_with("test ")) && line != "}";
        let is_statement = !in_test && line != "}";
        if bit(0) {
            untidy.push_str("\n\t\n\n");
        }
        if bit(1) {
            untidy.push_str("  # on its own line: \u{e9} \"#\" \n");
        }
        let broken = [" requires ", " unless ", " and ", " or "];
        let mut line = line.to_owned();
        // A quote may hold any of these words.
        if is_statement && bit(2) && !line.contains('"') {
            for word in broken {
                let comment = if bit(3) { " # within" } else { "\r" };
                let broken = format!("{comment}\n\n    {}  ", word.trim());
                line = line.replace(word, &broken);
            }
        }
        if !is_statement && bit(4) {
            untidy.push_str("\t ");
        }
        untidy.push_str(&line);
        untidy.push_str(if bit(5) { "   #at the end  " } else { "" });
        untidy.push_str(if bit(6) { "\r\n" } else { "\n" });
    }
    untidy
}
