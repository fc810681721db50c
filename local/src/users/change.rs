//! What is changed of a user while the stand-ins run, until the users file is saved again.

use super::check::check_products;
use super::{Catalogue, Environment, Session, TokenState, User};

/// A change of a user; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// What the user has bought.
    pub products: Option<Vec<String>>,
    /// Whether the user is signed in.
    pub session: Option<Session>,
    /// What kind of token the user holds.
    pub token: Option<TokenState>,
}

impl Change {
    /// What is wrong with the products, as a users file would be told.
    ///
    /// # Errors
    /// The first mistake.
    pub fn check(&self, environment: Environment, catalogue: Catalogue) -> Result<(), String> {
        let products = self.products.as_deref().unwrap_or_default();
        check_products(products, "products", environment, catalogue)
    }

    pub(crate) fn apply_to(&self, user: &mut User) {
        if let Some(products) = &self.products {
            user.products = Some(products.clone());
        }
        user.session = self.session.unwrap_or(user.session);
        user.token = self.token.unwrap_or(user.token);
    }
}
