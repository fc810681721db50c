//! Answers that a fuzz target makes up in place of the network's. There only under `--cfg fuzzing`,
//! which cargo-fuzz sets: no function and no test has it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::SystemTime;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Answer, Failure};

/// An answer as it comes over the wire.
#[derive(Clone)]
pub struct Scripted {
    /// The status.
    pub status: u16,
    /// Headers; those that HTTP does not allow never get here.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

thread_local! {
    static ANSWERS: RefCell<Option<VecDeque<Scripted>>> = RefCell::default();
}

/// The next calls that this thread makes are answered by these, in this order; those after them by
/// nobody.
pub fn set(answers: impl IntoIterator<Item = Scripted>) {
    ANSWERS.set(Some(answers.into_iter().collect()));
}

/// What comes of a call, of whose answer so many bytes are read; `None` where nothing was ever set.
pub(super) fn answer(largest: usize, now: SystemTime) -> Option<Result<Answer, Failure>> {
    let next = ANSWERS.with_borrow_mut(|answers| answers.as_mut().map(VecDeque::pop_front))?;
    Some(match next {
        None => Err(Failure::Dropped("nobody answered".to_owned())),
        Some(next) if next.body.len() > largest => Err(Failure::TooLarge(largest)),
        Some(next) => Ok(next.read(now)),
    })
}

impl Scripted {
    fn read(self, now: SystemTime) -> Answer {
        let headers = self.headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::try_from(name).ok()?;
            Some((name, HeaderValue::try_from(value).ok()?))
        });
        Answer::new(self.status, headers.collect::<HeaderMap>(), self.body, now)
    }
}
