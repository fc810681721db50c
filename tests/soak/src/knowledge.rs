//! What the function is known to remember of a token of tiun: since when tiun has vouched for it.
//!
//! It only shows by answers. One that names the user, to an event sent when everything remembered
//! before must have been too old, tells that tiun was asked after that event was sent.

use std::time::Instant;

use crate::CACHE_FOR;
use crate::model::REFUSAL;

/// Of one token.
#[derive(Debug, Default)]
pub struct Knowledge {
    vouched: Option<Vouched>,
    /// tiun has last been asked about it at this time or earlier; `None` if never.
    asked: Option<Instant>,
    /// When the events were sent that are under way with it.
    under_way: Vec<Instant>,
}

/// tiun has vouched for a token, and has not refused it since.
#[derive(Debug, Clone, Copy)]
pub struct Vouched {
    /// Then or later.
    pub since: Instant,
    /// Then or earlier.
    pub by: Instant,
}

impl Knowledge {
    /// An event with the token is about to be sent; gives when.
    pub fn begin(&mut self) -> Instant {
        let sent = Instant::now();
        self.under_way.push(sent);
        sent
    }

    /// That tiun has vouched for it, if that is known.
    pub fn vouched(&self) -> Option<Vouched> {
        self.vouched
    }

    /// The event sent then was answered: as the user's if `proven`, else as nobody's, or not at all.
    /// `certain` is that no older facts than usual can have been used.
    pub fn end(&mut self, sent: Instant, proven: Option<bool>, certain: bool) {
        let by = Instant::now();
        let since = self.under_way.iter().min().copied().unwrap_or(sent);
        if let Some(at) = self.under_way.iter().position(|one| *one == sent) {
            self.under_way.swap_remove(at);
        }
        let Some(proven) = proven else {
            return;
        };
        let forgotten = self.asked.is_none_or(|asked| since > asked + CACHE_FOR);
        // As old as may refuse somebody is as old as may be asked about again.
        let young = |vouched: Vouched| by < vouched.since + REFUSAL;
        if !proven {
            self.vouched = None;
            self.asked = Some(by);
        } else if forgotten && certain {
            self.vouched = Some(Vouched { since, by });
            self.asked = Some(by);
        } else if !self.vouched.is_some_and(young) {
            self.asked = Some(by);
        }
    }
}
