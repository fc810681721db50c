//! Products that are nearly a name of the configuration.

use tollgate_grammar::tree::{Access, Condition, Fact, Statement, Tree};
use tollgate_grammar::{Code, Diagnostic, Span, suggest};

use crate::products::Products;

/// A warning for every product that is no name of the configuration, but nearly one: taken for an
/// ID, nobody has it.
pub(crate) fn near_products(tree: &Tree, products: &Products) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    // Without names none is nearly one.
    if products.iter().next().is_none() {
        return findings;
    }
    for statement in &tree.statements {
        let condition = match statement {
            Statement::Route(route) => match &route.access {
                Access::Requires(condition) => condition,
                Access::Public | Access::Denied => continue,
            },
            Statement::Forbid(forbid) => &forbid.condition,
            Statement::Let(definition) | Statement::Tier(definition) => &definition.condition,
            Statement::Test(_) => continue,
        };
        look(condition, products, &mut findings);
    }
    findings
}

/// Depth is bounded by the parser's nesting limit.
fn look(condition: &Condition, products: &Products, findings: &mut Vec<Diagnostic>) {
    match condition {
        Condition::Facts { facts, .. } => {
            for fact in facts {
                if let Fact::Product(word) = &fact.node {
                    findings.extend(near(word, fact.span, products));
                }
            }
        }
        Condition::Name(_) => {}
        Condition::Not(inner, _) => look(inner, products, findings),
        Condition::Join(_, parts, _) => {
            for part in parts {
                look(part, products, findings);
            }
        }
    }
}

fn near(word: &str, span: Span, products: &Products) -> Option<Diagnostic> {
    let names = || products.iter().map(|(name, _)| name);
    if names().any(|name| name == word) {
        return None;
    }
    let near = suggest::closest(word, names())?;
    let message =
        format!("`{word}` is no name of authorizer.yaml, so it is taken for a product ID");
    let finding = Diagnostic::new(Code::NearProduct, span, message)
        .label(format!("did you mean `{near}`?"))
        .help("correct the name, or give the ID a name in authorizer.yaml");
    Some(finding)
}
