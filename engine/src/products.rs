//! Product names: what a policy calls a product, and the ID it has in this environment.

use std::collections::BTreeMap;

/// Names from `authorizer.yaml` and the product IDs they stand for. A word of a policy that
/// is no name here is itself the ID.
#[derive(Debug, Clone, Default)]
pub struct Products {
    ids: BTreeMap<String, String>,
    foreign: Option<Foreign>,
}

/// What the product IDs of another environment begin with, and words that say so.
#[derive(Debug, Clone)]
struct Foreign {
    prefix: &'static str,
    words: String,
}

impl Products {
    /// Makes IDs with this prefix an error: nobody can have such a product here. `words` say
    /// why, as in "belongs to tiun's sandbox".
    #[must_use]
    pub fn without(mut self, prefix: &'static str, words: String) -> Self {
        self.foreign = Some(Foreign { prefix, words });
        self
    }

    /// Why nobody can have the product with this ID here, if so.
    pub fn foreign(&self, id: &str) -> Option<&str> {
        let foreign = self.foreign.as_ref()?;
        id.starts_with(foreign.prefix).then_some(&foreign.words)
    }

    /// The product ID a word of a policy stands for.
    pub fn id<'a>(&'a self, word: &'a str) -> &'a str {
        self.ids.get(word).map_or(word, String::as_str)
    }

    /// Names and IDs, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ids
            .iter()
            .map(|(name, id)| (name.as_str(), id.as_str()))
    }
}

impl FromIterator<(String, String)> for Products {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(names: T) -> Self {
        Self {
            ids: names.into_iter().collect(),
            foreign: None,
        }
    }
}
