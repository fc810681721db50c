//! What can be written where the cursor stands: words of the language, names, products.

use std::collections::BTreeMap;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, TextEdit,
};
use tollgate_grammar::tree::{
    Access, Condition, Fact, Forbid, Membership, Name, Reason, Route, Statement, Target,
    TestTarget, Who,
};
use tollgate_grammar::{FileId, scan, words};

use super::context::{self, Context, Spot};
use super::keyword::{self, Role};
use super::names::{self, Kind};
use super::project::{File, Project};

/// Most proposals of one answer.
const MOST: usize = 1_000;

/// What the OAuth and second-factor methods of providers are usually called.
const MFA_METHODS: &[&str] = &["totp", "sms", "webauthn"];

/// Everything that fits at a byte of a file.
pub fn at(project: &Project, id: FileId, file: &File, offset: usize) -> Vec<CompletionItem> {
    let Some(source) = project.source(id) else {
        return Vec::new();
    };
    let context = context::at(source.text(), offset);
    let mut proposals = Proposals {
        project,
        context: &context,
        found: BTreeMap::new(),
    };
    proposals.collect();
    let range = file.range(context.word.clone());
    let found = proposals.found.into_iter().take(MOST);
    found
        .map(|((group, label), (kind, detail, meaning))| CompletionItem {
            sort_text: Some(format!("{group}{label}")),
            filter_text: Some(label.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(
                range,
                label.clone(),
            ))),
            kind: Some(kind),
            detail: (!detail.is_empty()).then_some(detail),
            documentation: meaning.map(|value| {
                Documentation::MarkupContent(MarkupContent {
                    kind: MarkupKind::Markdown,
                    value,
                })
            }),
            label,
            ..CompletionItem::default()
        })
        .collect()
}

/// What is offered: by group and label, with its kind, a few words and its meaning.
type Found = BTreeMap<(u8, String), (CompletionItemKind, String, Option<String>)>;

struct Proposals<'a> {
    project: &'a Project,
    context: &'a Context<'a>,
    found: Found,
}

impl Proposals<'_> {
    fn collect(&mut self) {
        match self.context.spot {
            Spot::Nothing => {}
            Spot::Statement => self.words(words::STATEMENTS, Role::Statement),
            Spot::Continuation => {
                self.words(words::CONTINUATIONS, Role::Rule);
                self.words(words::STATEMENTS, Role::Statement);
            }
            Spot::Head => {
                self.words(words::METHODS, Role::Rule);
                self.words(&["$connect", "field"], Role::Rule);
            }
            Spot::Field => self.fields(),
            Spot::Clause("route") => self.words(&["is", "requires"], Role::Rule),
            Spot::Clause(_) => self.words(&["when", "unless"], Role::Rule),
            Spot::Is => self.words(&["is"], Role::Rule),
            Spot::Access => self.words(&["public", "denied"], Role::Rule),
            Spot::Operand => self.operands(),
            Spot::Joint => self.joints(),
            Spot::Item(keyword) => self.items(keyword),
            Spot::ItemOrOperand(keyword) => {
                self.items(keyword);
                self.operands();
            }
            Spot::ItemOrJoint(keyword) => {
                let last = scan::tokens(self.context.before).last();
                if last.is_some_and(|token| token.text(self.context.before) == keyword) {
                    self.items(keyword);
                }
                self.joints();
            }
            Spot::ClaimTest => self.words(&["in", "contains"], Role::Rule),
            Spot::In => self.words(&["in"], Role::Rule),
            Spot::TestLine => {
                self.words(&["visitor", "user", "$connect", "field"], Role::Test);
                self.words(words::METHODS, Role::Test);
            }
            Spot::With => self.words(&["with"], Role::Test),
            Spot::TestFact => {
                self.words(&["not", "unknown"], Role::Test);
                self.words(TEST_FACTS, Role::Test);
            }
            Spot::Request => self.words(&["is", "from", "at", "with"], Role::Test),
            Spot::Pair => self.words(&["header", "query"], Role::Test),
            Spot::Outcome => self.words(&["allowed", "denied"], Role::Test),
            Spot::Reason => {
                let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
                self.words(&reasons, Role::Test);
            }
        }
    }

    fn words(&mut self, words: &[&str], role: Role) {
        for word in words {
            let meaning = keyword::meaning(word, role);
            let entry = (CompletionItemKind::KEYWORD, String::new(), meaning);
            self.found.insert((1, (*word).to_owned()), entry);
        }
    }

    fn offer(&mut self, label: &str, kind: CompletionItemKind, detail: String) {
        let key = (0, label.to_owned());
        self.found.entry(key).or_insert((kind, detail, None));
    }

    fn operands(&mut self) {
        self.words(&["not"], Role::Rule);
        self.words(words::CONDITIONS, Role::Rule);
        self.names(Kind::Let);
    }

    fn joints(&mut self) {
        self.words(&["and", "or"], Role::Rule);
        let rule = scan::tokens(self.context.before).next();
        let rule = rule.map_or("", |token| token.text(self.context.before));
        if matches!(rule, "route" | "forbid") {
            self.words(&["else"], Role::Rule);
        }
    }

    fn names(&mut self, kind: Kind) {
        let project = self.project;
        let given = names::mentions(project.tree()).into_iter();
        for mention in given.filter(|mention| mention.defines && mention.kind == kind) {
            let detail = definition(project, kind, mention.name);
            self.offer(mention.name, CompletionItemKind::VARIABLE, detail);
        }
    }

    /// `*`, and the fields that the policy names.
    fn fields(&mut self) {
        self.words(&[words::EVERY_FIELD], Role::Rule);
        let mut named = Vec::new();
        for statement in &self.project.tree().statements {
            match statement {
                Statement::Route(Route { target, .. })
                | Statement::Forbid(Forbid { target, .. }) => {
                    if let Target::Field(field) = target {
                        named.push(&field.node);
                    }
                }
                Statement::Test(test) => {
                    let requests = test.groups.iter().flat_map(|group| &group.requests);
                    named.extend(requests.filter_map(|request| match &request.target {
                        TestTarget::Field(field) => Some(&field.node),
                        _ => None,
                    }));
                }
                Statement::Let(_) | Statement::Tier(_) => {}
            }
        }
        for field in named
            .into_iter()
            .filter(|field| *field != words::EVERY_FIELD)
        {
            let detail = "used in this policy".to_owned();
            self.offer(field, CompletionItemKind::FIELD, detail);
        }
    }

    fn items(&mut self, keyword: &str) {
        match keyword {
            "product" => {
                let project = self.project;
                for (name, id) in project.products().iter() {
                    self.offer(name, CompletionItemKind::VALUE, id.to_owned());
                }
            }
            "tier" => return self.names(Kind::Tier),
            "email" => self.words(&["verified"], Role::Rule),
            "mfa" => {
                for method in MFA_METHODS {
                    self.offer(method, CompletionItemKind::VALUE, String::new());
                }
            }
            _ => {}
        }
        let mut used = Vec::new();
        for statement in &self.project.tree().statements {
            match statement {
                Statement::Route(route) => {
                    if let Access::Requires(condition) = &route.access {
                        items_of(condition, keyword, &mut used);
                    }
                }
                Statement::Forbid(forbid) => items_of(&forbid.condition, keyword, &mut used),
                Statement::Let(named) | Statement::Tier(named) => {
                    items_of(&named.condition, keyword, &mut used);
                }
                Statement::Test(test) => {
                    for group in &test.groups {
                        if let Who::User { facts, .. } = &group.who.node {
                            let facts = facts.iter().map(|fact| &fact.fact.node);
                            used.extend(facts.filter_map(|fact| item_of(fact, keyword)));
                        }
                    }
                }
            }
        }
        for item in used {
            let detail = "used in this policy".to_owned();
            self.offer(item, CompletionItemKind::VALUE, detail);
        }
        if takes_parameter(keyword) && !self.context.in_test {
            for parameter in parameters(self.context.before) {
                let detail = "the value in the path".to_owned();
                self.offer(&parameter, CompletionItemKind::VARIABLE, detail);
            }
        }
    }
}

/// The facts a test may say of a user.
const TEST_FACTS: &[&str] = &[
    "product",
    "email",
    "mfa",
    "provider",
    "role",
    "team",
    "permission",
    "scope",
    "group",
    "claim",
];

fn takes_parameter(keyword: &str) -> bool {
    matches!(
        keyword,
        "user" | "role" | "team" | "permission" | "scope" | "group"
    )
}

/// What a name stands for, as its author wrote it.
pub fn definition(project: &Project, kind: Kind, name: &str) -> String {
    let found = project
        .tree()
        .statements
        .iter()
        .find_map(|statement| match (kind, statement) {
            (Kind::Let, Statement::Let(definition)) | (Kind::Tier, Statement::Tier(definition))
                if definition.name.node == name =>
            {
                Some(definition.condition.span())
            }
            _ => None,
        });
    found.map_or_else(String::new, |span| {
        let text = project.sources().text(span);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

fn items_of<'t>(condition: &'t Condition, keyword: &str, used: &mut Vec<&'t str>) {
    match condition {
        Condition::Name(_) => {}
        Condition::Facts { facts, .. } => {
            used.extend(facts.iter().filter_map(|fact| item_of(&fact.node, keyword)));
        }
        Condition::Not(inner, _) => items_of(inner, keyword, used),
        Condition::Join(_, parts, _) => {
            for part in parts {
                items_of(part, keyword, used);
            }
        }
    }
}

/// The item a fact has under this keyword, as far as it can be written without quotes.
fn item_of<'t>(fact: &'t Fact, keyword: &str) -> Option<&'t str> {
    let (word, item) = match fact {
        Fact::Product(item) => ("product", item),
        Fact::MfaMethod(item) => ("mfa", item),
        Fact::Provider(item) => ("provider", item),
        Fact::Member(membership, Name::Text(item)) => (membership_word(*membership), item),
        _ => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@/".contains(&byte);
    (word == keyword && !item.is_empty() && item.bytes().all(plain)).then_some(item)
}

fn membership_word(membership: Membership) -> &'static str {
    match membership {
        Membership::Role => "role",
        Membership::Team => "team",
        Membership::Permission => "permission",
        Membership::Scope => "scope",
        Membership::Group => "group",
    }
}

/// The parameters of the pattern before the cursor, in braces.
fn parameters(before: &str) -> Vec<String> {
    let pattern = scan::tokens(before)
        .map(|token| token.text(before))
        .find(|word| word.starts_with('/'));
    let segments = pattern.unwrap_or_default().split('/');
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| format!("{{{}}}", name.trim_end_matches('+')))
        .collect()
}
