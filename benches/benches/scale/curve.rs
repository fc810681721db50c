//! A figure at growing sizes: how it grows from each to the next, and where it bends.

use tollgate_benches::figure::{count, factor};

/// A figure at each size, the smallest first.
pub struct Curve(pub Vec<(usize, f64)>);

impl Curve {
    /// The figure at a size beside the one before; nothing at the first.
    pub fn growth(&self, at: usize) -> String {
        let before = at.checked_sub(1).and_then(|before| self.0.get(before));
        before.map_or(String::new(), |(_, before)| factor(self.0[at].1 / before))
    }

    /// In words how far the figure stays within so many times the first.
    pub fn bend(&self, most: f64, what: &str) -> String {
        let (first, one) = self.0[0];
        let flat = self.0.iter().take_while(|(_, value)| *value <= one * most);
        let flat = flat.count();
        let last = self.0[flat - 1].0;
        let within = format!(
            "within {most} times what it takes at {} {what}",
            count(first)
        );
        match self.0.get(flat) {
            None => format!("{within} throughout"),
            Some((size, value)) => format!(
                "{within} up to {}, {} of it at {}",
                count(last),
                factor(value / one),
                count(*size)
            ),
        }
    }
}
