//! Tokens that were verified before: how many are remembered, how fast, and in how much memory.

use std::hint::black_box;

use tollgate_benches::figure::{count, share, size, time};
use tollgate_benches::known::{Claims, Known};
use tollgate_benches::part::Part;
use tollgate_identity::fact_cache::{MAX_BYTES, MAX_ENTRIES, Origin};

use crate::curve::Curve;
use crate::memory::taken;
use crate::timing::per_call;

/// Numbers of tokens, the last of them the most that are remembered.
const SIZES: [usize; 8] = [10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, MAX_ENTRIES];

/// Tokens that come again and again, all in turn.
struct Shown {
    /// The share of them that is remembered when it comes again.
    known: f64,
    look_up: f64,
    held: f64,
}

impl Shown {
    fn all_known(&self) -> bool {
        self.known >= 1.0
    }
}

/// Measures all sizes.
pub fn measure(part: &mut Part) {
    part.section("Known tokens");
    part.say(
        "All of them in turn, again and again: the hardest for a memory that forgets what was used least \
         lately. A token that was forgotten is verified again, here by HS256.",
    );
    for (claims, words) in [
        (
            Claims::Fewest,
            "Tokens of four claims, the fewest that are taken",
        ),
        (
            Claims::Usual,
            "Tokens of eleven claims, such as authentication services give",
        ),
    ] {
        let shown = SIZES.map(|tokens| show(tokens, claims));
        part.say(&format!("{words}:"));
        table(part, &shown);
    }
}

fn table(part: &mut Part, shown: &[Shown; SIZES.len()]) {
    let curve = |figure: fn(&Shown, usize) -> f64| {
        let figures = shown.iter().zip(SIZES);
        Curve(
            figures
                .map(|(shown, tokens)| (tokens, figure(shown, tokens)))
                .collect(),
        )
    };
    let look_ups = curve(|shown, _| shown.look_up);
    let held = curve(|shown, tokens| shown.held / tokens as f64);
    let heads = [
        "tokens",
        "known again",
        "a look-up",
        "×",
        "held",
        "a token",
        "×",
    ];
    let rows = shown.iter().enumerate().map(|(at, shown)| {
        let mut row = vec![
            count(SIZES[at]),
            share(shown.known),
            time(shown.look_up),
            look_ups.growth(at),
            size(shown.held),
        ];
        row.extend(match shown.all_known() {
            true => [size(held.0[at].1), held.growth(at)],
            // How many it is of, nobody says.
            false => Default::default(),
        });
        row
    });
    part.table(&heads.map(str::to_owned), &rows.collect::<Vec<_>>());
    part.say(&bend(shown, &look_ups));
}

fn bend(shown: &[Shown; SIZES.len()], look_ups: &Curve) -> String {
    let all_known = shown.iter().take_while(|shown| shown.all_known()).count();
    let remembered = &look_ups.0[..all_known];
    let forgotten = match SIZES.get(all_known) {
        None => format!(
            "nowhere up to {}, the most tokens that are remembered",
            count(MAX_ENTRIES)
        ),
        Some(more) => format!(
            "{} are all known again, and of {} some are forgotten: what is known of tokens takes at most {}, \
             counted roughly and rather too high, and they are at most {}; no setting raises either",
            count(SIZES[all_known - 1]),
            count(*more),
            size(MAX_BYTES as f64),
            count(MAX_ENTRIES),
        ),
    };
    format!(
        "**Where it bends**: {forgotten}. A look-up of what is known is {}.",
        Curve(remembered.to_vec()).bend(1.5, "tokens")
    )
}

fn show(tokens: usize, claims: Claims) -> Shown {
    let known = Known::new(tokens, claims);
    let ((), memory) = taken(|| {
        for number in 0..tokens {
            assert_eq!(known.show(number), Origin::Verified, "not shown before");
        }
    });
    let again = (0..tokens).filter(|number| known.show(*number) == Origin::Cache);
    let again = again.count();
    let look_up = per_call(tokens, || {
        for number in 0..tokens {
            black_box(known.show(number));
        }
    });
    Shown {
        known: again as f64 / tokens as f64,
        look_up,
        held: memory.held,
    }
}
