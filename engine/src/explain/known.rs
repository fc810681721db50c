//! What a policy asks of its users, and what of that holds for somebody.

use super::change::text;
use crate::outline::Leaf;
use crate::policy::{Policy, Principal};
use crate::truth::Truth;

impl Policy {
    /// Each fact about users that its conditions ask for, once and as a condition would say it, with
    /// its value for somebody this policy made a principal of.
    ///
    /// What depends on the request as well, such as `team {team}`, is not among them.
    pub fn facts_of(&self, principal: &Principal) -> impl Iterator<Item = (String, Truth)> {
        let facts = self.facts().iter().enumerate();
        facts.map(|(number, fact)| {
            let value = principal.bits().get(number);
            (text(&Leaf::User(fact.clone())), value)
        })
    }
}
