//! The least a decision can cost: a look-up in `matchit` and one in a set of products.

use std::collections::HashSet;

use crate::rules::{Shape, rules};

/// A router that knows the product of each route.
pub struct Router {
    routes: matchit::Router<String>,
    products: HashSet<String>,
}

/// A router with something for each rule.
pub fn index<T>(
    count: usize,
    mut value: impl FnMut(&crate::rules::Rule) -> T,
) -> matchit::Router<T> {
    let mut routes = matchit::Router::new();
    for rule in rules(count) {
        let area = rule.area;
        let pattern = match rule.shape {
            Shape::List => format!("/area-{area}/list"),
            Shape::Edit => format!("/area-{area}/{{id}}/edit"),
            Shape::Files => format!("/area-{area}/files/{{*rest}}"),
        };
        routes
            .insert(pattern, value(&rule))
            .expect("routes that do not overlap");
    }
    routes
}

impl Router {
    pub fn new(count: usize, products: Vec<String>) -> Self {
        Self {
            routes: index(count, |rule| rule.product()),
            products: products.into_iter().collect(),
        }
    }

    pub fn allows(&self, path: &str) -> bool {
        self.routes
            .at(path)
            .is_ok_and(|route| self.products.contains(route.value))
    }
}
