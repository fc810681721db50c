//! Answers that are kept: by authorizer and identity, for the authorizer's TTL, judged anew for each
//! request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::api::Authorizer;
use super::verdict::Answer;

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
    answer: Arc<Answer>,
    /// When it ends, in milliseconds since 1970.
    ends: u64,
}

/// The answers of a stage.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<Key, Kept>>);

impl Cache {
    /// The answer to this identity, unless its time is over.
    pub(super) fn get(&self, key: &Key, now: u64) -> Option<Arc<Answer>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(key).filter(|kept| now < kept.ends)?;
        Some(Arc::clone(&kept.answer))
    }

    pub(super) fn keep(&self, key: Key, answer: Arc<Answer>, now: u64, ttl_ms: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, kept| now < kept.ends);
        }
        if kept.len() >= MAX_KEPT {
            let first = kept.values().map(|kept| kept.ends).min();
            kept.retain(|_, kept| Some(kept.ends) > first);
        }
        let ends = now.saturating_add(ttl_ms);
        kept.insert(key, Kept { answer, ends });
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

    #[test]
    fn what_is_kept_has_a_bound() {
        let answer = json!({ "isAuthorized": true });
        let answer = Arc::new(Answer::read(&answer, Form::Http2Simple).unwrap());
        let cache = Cache::default();
        for number in 0..=MAX_KEPT {
            let now = u64::try_from(number).unwrap();
            cache.keep(key(number), Arc::clone(&answer), now, 1_000_000);
        }
        assert_eq!(cache.0.lock().unwrap().len(), MAX_KEPT);
        assert!(cache.get(&key(0), 5000).is_none());
        assert!(cache.get(&key(1), 5000).is_some());
        assert!(cache.get(&key(MAX_KEPT), 5000).is_some());
    }
}
