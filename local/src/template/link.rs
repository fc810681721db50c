//! Who is meant: aliases and plain names become the functions of the same description.

use std::collections::HashMap;

use super::Deployment;
use super::node::Node;
use super::resource::Resource;
use super::setting::Setting;

/// Makes every function of an authorizer, a permission or an alarm one of the description's, where
/// it is.
pub(super) fn functions(resources: &[Resource], deployment: &mut Deployment) {
    let mut known: HashMap<&str, &str> = HashMap::new();
    for resource in resources {
        let name = resource.get("FunctionName");
        match resource.kind.as_str() {
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
                if let Some(plain) = name.and_then(Node::text) {
                    known.insert(plain, &resource.name);
                }
            }
            "AWS::Lambda::Alias" | "AWS::Lambda::Version" => {
                if let Some(function) = name.and_then(Node::resource) {
                    known.insert(&resource.name, function);
                }
            }
            _ => {}
        }
    }
    let link = |function: &mut Setting<String>| {
        let named = match &function.value {
            Ok(name) | Err(name) => known.get(name.as_str()),
        };
        if let Some(name) = named {
            function.value = Ok((*name).to_owned());
        }
    };
    let authorizers = deployment.apis.iter_mut();
    let authorizers = authorizers.flat_map(|api| &mut api.authorizers);
    authorizers.for_each(|authorizer| link(&mut authorizer.function));
    let permissions = deployment.permissions.iter_mut();
    permissions.for_each(|permission| link(&mut permission.function));
    let alarms = deployment.alarms.iter_mut();
    alarms.for_each(|alarm| link(&mut alarm.function));
}
