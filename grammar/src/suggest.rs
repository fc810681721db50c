//! "Did you mean": the word that was probably meant.

/// The candidate nearest to `word`, if it is near enough to be a slip of the finger: one slip in a
/// word of up to five letters, two in up to nine, three in a longer one; case does not count.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No word of the language or name that someone would mistype is longer.
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let limit = match word.len() {
        0..=1 => 0,
        2..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 64)
        .map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            (distance(&word, &letters), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out, changed or swapped with their neighbour to get from
/// one word to the other (optimal string alignment).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut two_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let cell = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX);
            let mut least = (cell(&above, column + 1) + 1)
                .min(cell(&current, column) + 1)
                .min(cell(&above, column) + usize::from(letter != other));
            let swapped = row > 0
                && column > 0
                && from.get(row - 1) == Some(other)
                && to.get(column - 1) == Some(letter);
            if swapped {
                least = least.min(cell(&two_above, column - 1) + 1);
            }
            current.push(least);
        }
        two_above = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let words = ["route", "forbid", "let", "tier", "test"];
        let meant = |word| closest(word, words);
        assert_eq!(meant("rout"), Some("route"));
        assert_eq!(meant("roeut"), None, "two slips in a short word");
        assert_eq!(
            meant("ruote"),
            Some("route"),
            "swapped neighbours are one slip"
        );
        assert_eq!(meant("ROUTE"), Some("route"));
        assert_eq!(meant("forbiden"), Some("forbid"));
        assert_eq!(meant("allow"), None);
        assert_eq!(meant("l"), None);
        assert_eq!(meant(""), None);
        assert_eq!(meant(&"route".repeat(100)), None);
    }

    #[test]
    fn distance_is_symmetric_and_counts_letters_not_bytes() {
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        for (a, b, expected) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("é", "e", 1),
            ("product", "prodct", 1),
        ] {
            assert_eq!(distance(&letters(a), &letters(b)), expected, "{a} {b}");
            assert_eq!(distance(&letters(b), &letters(a)), expected, "{b} {a}");
        }
    }
}
