//! A policy from its files: parsed, compiled, and named by its version.

use std::fmt::Write as _;
use std::sync::Arc;

use tollgate_engine::{Needs, Policy, Products};
use tollgate_grammar::tree::{Statement, Tree};
use tollgate_grammar::{Diagnostic, Severity, Sources, Style, render};

use crate::documents::Documents;

/// A policy that can be used, and what is worth a warning.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The compiled policy.
    pub policy: Policy,
    /// What it asks of users.
    pub needs: Needs,
    /// The first 12 hexadecimal digits of a SHA-256 over names, contents and products: answers
    /// and logs say by it which policy decided.
    pub version: String,
    /// Warnings, rendered; empty if there are none.
    pub warnings: String,
    /// What was written for its users.
    pub(crate) documents: Arc<Documents>,
    /// What it was compiled from, for explanations; an authorizer that records has let go of it.
    pub parsed: Option<Arc<Parsed>>,
}

/// What a policy was compiled from.
#[derive(Debug)]
pub struct Parsed {
    /// The files.
    pub sources: Sources,
    /// What could be read of them: all.
    pub tree: Tree,
}

/// Everything about a policy's files, whether it can be used or not.
pub struct Read {
    /// The files.
    pub sources: Sources,
    /// What could be read of them.
    pub tree: Tree,
    /// All errors and warnings.
    pub findings: Vec<Diagnostic>,
    /// The compiled policy, unless there are errors.
    pub policy: Option<Policy>,
}

impl Read {
    /// Reads and compiles files, by name.
    pub fn files(files: &[(String, Vec<u8>)], products: &Products) -> Self {
        let mut sources = Sources::default();
        for (name, bytes) in files {
            sources.add_bytes(name, bytes);
        }
        let (tree, mut findings) = tollgate_grammar::parse(&sources);
        let (policy, more) = Policy::compile(&sources, &tree, products);
        findings.extend(more);
        let broken = findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error);
        Self {
            sources,
            tree,
            findings,
            policy: policy.filter(|_| !broken),
        }
    }

    /// All findings in the manner of a compiler.
    pub fn render(&self, style: Style) -> String {
        render(&self.sources, &self.findings, style)
    }
}

impl Loaded {
    /// Loads a policy from its files.
    ///
    /// # Errors
    /// All its mistakes, rendered.
    pub fn files(files: &[(String, Vec<u8>)], products: &Products) -> Result<Self, String> {
        let read = Read::files(files, products);
        let findings = read.render(Style::Plain);
        let routes = |statement: &Statement| matches!(statement, Statement::Route(_));
        if read.policy.is_some() && !read.tree.statements.iter().any(routes) {
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!(
                "{}: there is no `route`, so every request would be denied",
                names.join(", ")
            ));
        }
        match read.policy {
            Some(policy) => Ok(Self {
                needs: policy.needs(),
                policy,
                version: version(files, products),
                warnings: findings,
                documents: Arc::default(),
                parsed: Some(Arc::new(Parsed {
                    sources: read.sources,
                    tree: read.tree,
                })),
            }),
            None => Err(findings),
        }
    }
}

/// The [`Loaded::version`] of a policy of these files.
///
/// Each part is hashed with its length in front, so that no two policies run into each other.
pub fn version(files: &[(String, Vec<u8>)], products: &Products) -> String {
    let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for (name, bytes) in files {
        // The folder differs from machine to machine.
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        part(name.as_bytes());
        part(bytes);
    }
    for (name, id) in products.iter() {
        part(name.as_bytes());
        part(id.as_bytes());
    }
    let digest = hash.finish();
    digest
        .as_ref()
        .iter()
        .take(6)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
