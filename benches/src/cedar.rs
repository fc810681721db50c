//! Cedar: one policy a rule, and behind a router that picks the one policy to ask.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use crate::router;
use crate::rules::{Shape, rules};

/// Who asks, for what.
struct Asking {
    authorizer: Authorizer,
    entities: Entities,
    user: EntityUid,
    get: EntityUid,
    api: EntityUid,
}

/// All rules in one set; the path is matched by Cedar.
pub struct Flat {
    asking: Asking,
    policies: PolicySet,
}

/// A set for each route; the path is matched by `matchit`.
pub struct Indexed {
    asking: Asking,
    policies: matchit::Router<PolicySet>,
}

fn policy(condition: &str, product: &str) -> String {
    format!(
        "permit(principal, action == Action::\"GET\", resource) when {{ {condition}principal.products.contains(\"{product}\") }};\n"
    )
}

/// The rules as policies.
pub fn text(count: usize) -> String {
    let mut text = String::new();
    for rule in rules(count) {
        let area = rule.area;
        let path = match rule.shape {
            Shape::List => format!("context.path == \"/area-{area}/list\" && "),
            Shape::Edit => format!("context.path like \"/area-{area}/*/edit\" && "),
            Shape::Files => format!("context.path like \"/area-{area}/files/*\" && "),
        };
        write!(text, "{}", policy(&path, &rule.product())).expect("memory to write to");
    }
    text
}

/// From text to a set.
pub fn load(text: &str) -> PolicySet {
    text.parse().expect("policies of Cedar")
}

impl Asking {
    fn new(products: Vec<String>) -> Self {
        let uid = |text: &str| -> EntityUid { text.parse().expect("an entity") };
        let user = uid("User::\"u-4711\"");
        let products = products.into_iter().map(RestrictedExpression::new_string);
        let products = HashMap::from([(
            "products".to_owned(),
            RestrictedExpression::new_set(products),
        )]);
        let entity = Entity::new(user.clone(), products, HashSet::new()).expect("a user");
        Self {
            authorizer: Authorizer::new(),
            entities: Entities::from_entities([entity], None).expect("entities"),
            user,
            get: uid("Action::\"GET\""),
            api: uid("Api::\"api\""),
        }
    }

    fn allows(&self, policies: &PolicySet, context: Context) -> bool {
        let (user, get, api) = (self.user.clone(), self.get.clone(), self.api.clone());
        let request = Request::new(user, get, api, context, None).expect("a request");
        let answer = self
            .authorizer
            .is_authorized(&request, policies, &self.entities);
        answer.decision() == Decision::Allow
    }
}

impl Flat {
    pub fn new(count: usize, products: Vec<String>) -> Self {
        Self {
            asking: Asking::new(products),
            policies: load(&text(count)),
        }
    }

    pub fn allows(&self, path: &str) -> bool {
        let path = (
            "path".to_owned(),
            RestrictedExpression::new_string(path.to_owned()),
        );
        let context = Context::from_pairs([path]).expect("a context");
        self.asking.allows(&self.policies, context)
    }
}

impl Indexed {
    pub fn new(count: usize, products: Vec<String>) -> Self {
        let policies = router::index(count, |rule| load(&policy("", &rule.product())));
        Self {
            asking: Asking::new(products),
            policies,
        }
    }

    pub fn allows(&self, path: &str) -> bool {
        self.policies
            .at(path)
            .is_ok_and(|route| self.asking.allows(route.value, Context::empty()))
    }
}
