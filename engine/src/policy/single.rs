//! What has no method: `$connect`, and the fields of an AppSync API.

use tollgate_grammar::words;

use super::{Forbids, Found, Policy, Refusal};
use crate::compile::rule::Single;
use crate::path::Malformed;
use crate::request::{EVERY_FIELD, Request, Target};

impl Policy {
    /// Finds the rules of a request without a path. Kept apart from paths, which most requests have.
    #[inline(never)]
    pub(super) fn find_single<'p, 'r>(&'p self, request: &'r Request<'r>) -> Found<'p, 'r> {
        let rules = &self.rules;
        let (singles, malformed) = match request.target {
            Target::Connect => ([Some(&rules.connect), None], None),
            Target::Field(EVERY_FIELD) => ([rules.fields.get(EVERY_FIELD), None], None),
            Target::Field(field) if words::is_field(field) => {
                // The name beats `*`, and the forbids of both are asked.
                let fields = &rules.fields;
                ([fields.get(field), fields.get(EVERY_FIELD)], None)
            }
            Target::Field(_) => ([None, None], Some(Malformed::Field)),
            Target::Path { .. } => ([None, None], None),
        };
        let singles = || singles.into_iter().flatten();
        let route = singles().find_map(|single: &Single| single.route.as_ref());
        let refusal = malformed.map_or(Refusal::NoRoute, Refusal::Malformed);
        let forbids = singles().flat_map(|single| &single.forbids).copied();
        Found {
            policy: self,
            request,
            path: None,
            route: route.ok_or(refusal),
            forbids: forbids.collect::<Forbids>(),
        }
    }

    /// Every field that a route or a forbid names, as `Type.name`, each once, in the order of
    /// their bytes.
    ///
    /// ```
    /// use tollgate_engine::{Policy, Products};
    /// use tollgate_grammar::{Sources, parse};
    ///
    /// let mut sources = Sources::default();
    /// let text = "route field * requires user\nforbid field Query.reports unless mfa\n";
    /// sources.add("access.policy", text);
    /// let (tree, _) = parse(&sources);
    /// let (policy, _) = Policy::compile(&sources, &tree, &Products::default());
    /// assert!(policy.unwrap().fields().eq(["Query.reports"]));
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let names = self.rules.fields.keys().map(String::as_str);
        names.filter(|name| *name != EVERY_FIELD)
    }
}
