//! Fields of an AppSync API: which a policy names, and the rules each meets.

use tollgate_grammar::words;

use super::{Forbids, Found, Policy, Refusal};
use crate::path::Malformed;
use crate::request::{EVERY_FIELD, Request};

impl Policy {
    /// Finds the route and forbids of a field. Kept apart from paths, which most requests have.
    #[inline(never)]
    pub(super) fn find_field<'p, 'r>(
        &'p self,
        request: &'r Request<'r>,
        field: &str,
    ) -> Found<'p, 'r> {
        let fields = &self.rules.fields;
        let named = fields.get(field).filter(|_| field != EVERY_FIELD);
        let singles = || named.into_iter().chain(fields.get(EVERY_FIELD));
        let is_well_formed = field == EVERY_FIELD || words::is_field(field);
        let (route, forbids) = if is_well_formed {
            let route = singles().find_map(|single| single.route.as_ref());
            let forbids = singles().flat_map(|single| &single.forbids).copied();
            (route.ok_or(Refusal::NoRoute), forbids.collect())
        } else {
            (Err(Refusal::Malformed(Malformed::Field)), Forbids::new())
        };
        Found {
            policy: self,
            request,
            path: None,
            route,
            forbids,
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
