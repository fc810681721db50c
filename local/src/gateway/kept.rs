//! Answers that are kept: by authorizer and identity, for the authorizer's TTL, judged anew for each
//! request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::api::Authorizer;
use super::decision::Given;

/// Most answers kept at once; those that end first make room.
const MAX_KEPT: usize = 4096;

/// What an answer is kept by: the authorizer's name, and the identity it was asked with.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    authorizer: String,
    identity: Vec<String>,
}

impl Key {
    /// The key of an answer; `None` if the authorizer's are not kept.
    pub(super) fn of(authorizer: &Authorizer, identity: &[String]) -> Option<Self> {
        authorizer.keeps().then(|| Self {
            authorizer: authorizer.name.clone(),
            identity: identity.to_vec(),
        })
    }
}

struct Kept {
    answer: Arc<Given>,
    /// When it ends, in milliseconds since 1970.
    ends: u64,
}

/// The answers of a stage.
#[derive(Default)]
pub(super) struct Cache(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    kept: HashMap<Key, Kept>,
    era: Era,
}

/// The time between two flushes; what was asked for in one is not kept in the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Era(u64);

impl Cache {
    /// The answer to this identity, unless its time is over.
    pub(super) fn get(&self, key: &Key, now: u64) -> Option<Arc<Given>> {
        let answers = self.answers();
        let kept = answers.kept.get(key).filter(|kept| now < kept.ends)?;
        Some(Arc::clone(&kept.answer))
    }

    /// Now, for an answer that is about to be asked for.
    pub(super) fn era(&self) -> Era {
        self.answers().era
    }

    /// Keeps an answer for a time from now on, in milliseconds.
    pub(super) fn keep(&self, key: Key, answer: Arc<Given>, asked: Era, (now, ttl): (u64, u64)) {
        let mut all = self.answers();
        if asked != all.era {
            return;
        }
        let kept = &mut all.kept;
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, kept| now < kept.ends);
        }
        if kept.len() >= MAX_KEPT {
            let first = kept.values().map(|kept| kept.ends).min();
            kept.retain(|_, kept| Some(kept.ends) > first);
        }
        let ends = now.saturating_add(ttl);
        kept.insert(key, Kept { answer, ends });
    }

    /// Forgets every answer, as `FlushStageAuthorizersCache` does.
    pub(super) fn flush(&self) {
        let mut answers = self.answers();
        answers.kept.clear();
        answers.era = Era(answers.era.0.wrapping_add(1));
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gateway::api::Form;

    fn key(number: usize) -> Key {
        Key {
            authorizer: "A".to_owned(),
            identity: vec![number.to_string()],
        }
    }

    fn answer() -> Arc<Given> {
        let answer = json!({ "isAuthorized": true });
        Arc::new(Given::of(Arc::new(answer), Form::Http2Simple, None).unwrap())
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let cache = Cache::default();
        for number in 0..=MAX_KEPT {
            let now = u64::try_from(number).unwrap();
            cache.keep(key(number), answer(), cache.era(), (now, 1_000_000));
        }
        assert_eq!(cache.answers().kept.len(), MAX_KEPT);
        assert!(cache.get(&key(0), 5000).is_none());
        assert!(cache.get(&key(1), 5000).is_some());
        assert!(cache.get(&key(MAX_KEPT), 5000).is_some());
    }

    #[test]
    fn what_was_asked_for_before_a_flush_is_not_kept_after_it() {
        let cache = Cache::default();
        let era = cache.era();
        cache.keep(key(0), answer(), era, (0, 1000));
        assert!(cache.get(&key(0), 1).is_some());
        cache.flush();
        assert!(cache.get(&key(0), 1).is_none());
        cache.keep(key(0), answer(), era, (0, 1000));
        assert!(cache.get(&key(0), 1).is_none());
        cache.keep(key(0), answer(), cache.era(), (0, 1000));
        assert!(cache.get(&key(0), 1).is_some());
    }
}
