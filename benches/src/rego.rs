//! Rego by `regorus` at its best: compiled for its virtual machine, rules as data behind a router,
//! the user's products as an object made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use crate::router;

const ALLOW: &str = "data.tollgate.allow";
const POLICY: &str = r"
package tollgate
default allow := false
allow if { input.products[data.routes[input.route]] }
";

/// A virtual machine with the rules loaded.
pub struct Rego {
    machine: RegoVM,
    routes: matchit::Router<Value>,
    products: Value,
}

impl Rego {
    pub fn new(count: usize, products: Vec<String>) -> Self {
        let mut of_route = BTreeMap::new();
        let routes = router::index(count, |rule| {
            let name = rule.area.to_string();
            of_route.insert(Value::from(name.as_str()), Value::from(rule.product()));
            Value::from(name)
        });
        let data = Value::from(BTreeMap::from([(
            Value::from("routes"),
            Value::from(of_route),
        )]));
        let mut engine = Engine::new();
        engine
            .add_policy("access.rego".to_owned(), POLICY.to_owned())
            .expect("a policy of Rego");
        engine.add_data(data.clone()).expect("data");
        let compiled = engine
            .compile_with_entrypoint(&ALLOW.into())
            .expect("a policy that compiles");
        let program = Compiler::compile_from_policy(&compiled, &[ALLOW]).expect("a program");
        let mut machine = RegoVM::new();
        machine.load_program(Arc::clone(&program));
        machine.set_data(data).expect("data");
        let products: BTreeMap<_, _> = products
            .into_iter()
            .map(|id| (Value::from(id), Value::from(true)))
            .collect();
        Self {
            machine,
            routes,
            products: Value::from(products),
        }
    }

    pub fn allows(&mut self, path: &str) -> bool {
        let Ok(route) = self.routes.at(path) else {
            return false;
        };
        self.machine.set_input(Value::from(BTreeMap::from([
            (Value::from("products"), self.products.clone()),
            (Value::from("route"), route.value.clone()),
        ])));
        self.machine.execute().expect("an answer") == Value::from(true)
    }
}
