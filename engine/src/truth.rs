//! Three values: true, false, and what nobody can say.

use std::ops::Not;

/// The value of a condition. `not unknown` is unknown; an `and` is false as soon as one part
/// is, an `or` true as soon as one part is, whatever is unknown beside it (Kleene's logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    False,
    /// The provider cannot say.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// The smaller of the two: `and`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// The larger of the two: `or`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}
