//! Which APIs of a template are served, and by which base paths: what is asked for, or what the
//! template's own mappings say.

use std::str::FromStr;

use super::find::{Fault, listed};
use super::{Api, BasePath};
use crate::template::api::{Api as Described, ApiKind};
use crate::template::mapping::Mapping;

/// What is asked for; by default the template's mappings, or else the first API of each kind of
/// request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The name of an API, in place of the first.
    pub api: Option<String>,
    /// The name of its stage, in place of the first.
    pub stage: Option<String>,
    /// APIs under base paths, and no others.
    pub maps: Vec<MapTo>,
}

impl Choice {
    /// Whether only a template can have what is asked for.
    pub(super) fn needs_template(&self) -> bool {
        self.api.is_some() || !self.maps.is_empty()
    }
}

/// An API under a base path: `v1=RestApi/prod`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapTo {
    base_path: BasePath,
    api: String,
    stage: Option<String>,
}

impl FromStr for MapTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form PATH=API or PATH=API/STAGE");
        let (path, api) = text.split_once('=').ok_or_else(form)?;
        let is_stage = |name: &str| {
            let is_of_name = |b: u8| b.is_ascii_alphanumeric() || b"-_$".contains(&b);
            !name.is_empty() && name.bytes().all(is_of_name)
        };
        // An address of Terraform may have a slash in the key of a `for_each`.
        let parts = api.rsplit_once('/').filter(|(_, stage)| is_stage(stage));
        let (api, stage) = match parts {
            Some((api, stage)) => (api, Some(stage.to_owned())),
            None => (api, None),
        };
        if api.is_empty() {
            return Err(form());
        }
        Ok(Self {
            base_path: path.parse()?,
            api: api.to_owned(),
            stage,
        })
    }
}

/// What a choice makes of a template.
#[derive(Default)]
pub(super) struct Chosen {
    pub apis: Vec<Api>,
    /// What of it is not served, and why.
    pub left_out: Vec<Fault>,
}

/// The APIs to serve; none if the template has none and none is asked for. `all` are those of kinds
/// that the gateway knows, as they stand in the template.
pub(super) fn of(choice: &Choice, all: &[Described]) -> Result<Chosen, Fault> {
    if !choice.maps.is_empty() {
        return asked(&choice.maps, all);
    }
    let mut chosen = Chosen::default();
    if choice.api.is_none() && choice.stage.is_none() {
        for api in all {
            mapped(api, &mut chosen);
        }
    }
    // Its faults keep the gateway from starting; those of an API beside it do not.
    let meant = meant(choice.api.as_deref(), all)?;
    for is_websocket in [false, true] {
        if chosen
            .apis
            .iter()
            .any(|api| api.is_websocket() == is_websocket)
        {
            continue;
        }
        match meant.filter(|api| is(api, is_websocket)) {
            Some(api) => chosen.apis.push(Api::of(api, choice.stage.as_deref())?),
            None => match first(is_websocket, all).map(|api| Api::of(api, None)) {
                Some(Ok(api)) => chosen.apis.push(api),
                Some(Err(fault)) => chosen.left_out.push(fault),
                None => {}
            },
        }
    }
    Ok(chosen)
}

/// The API of this name, or the first REST or HTTP API, or else the first WebSocket API.
pub(super) fn meant<'a>(
    name: Option<&str>,
    all: &'a [Described],
) -> Result<Option<&'a Described>, Fault> {
    match name {
        Some(name) => named(name, all).map(Some),
        None => Ok(first(false, all).or_else(|| first(true, all))),
    }
}

fn first(is_websocket: bool, all: &[Described]) -> Option<&Described> {
    all.iter().find(|api| is(api, is_websocket))
}

/// Those of `--map`.
fn asked(maps: &[MapTo], all: &[Described]) -> Result<Chosen, Fault> {
    let mut chosen = Chosen::default();
    for map in maps {
        let described = named(&map.api, all)?;
        let api = Api::of(described, map.stage.as_deref())?.under(map.base_path.clone());
        if let Some(other) = same_place(&api, &chosen.apis) {
            return Err(Fault {
                span: described.span,
                message: format!(
                    "`--map` names `{}` for both {} and {}: an API has its base path for itself",
                    map.base_path,
                    other.name(),
                    map.api
                ),
            });
        }
        chosen.apis.push(api);
    }
    Ok(chosen)
}

/// Those of the template's mappings.
fn mapped(described: &Described, chosen: &mut Chosen) {
    for mapping in &described.mappings {
        let fault = |message: String| Fault {
            span: mapping.span,
            message,
        };
        let apis = match of_mapping(described, mapping) {
            Ok(apis) => apis,
            Err(message) => {
                let name = &described.name;
                chosen.left_out.push(fault(format!("{name}: {message}")));
                continue;
            }
        };
        for api in apis {
            match api {
                Ok(api) => match same_place(&api, &chosen.apis) {
                    Some(other) => chosen.left_out.push(fault(format!(
                        "{}, as {} has the same base path: `--map` names others",
                        api.name(),
                        other.name(),
                    ))),
                    None => chosen.apis.push(api),
                },
                Err(fault) => chosen.left_out.push(fault),
            }
        }
    }
}

type Mapped = Vec<Result<Api, Fault>>;

/// The API at the mapping's base path; where callers name the stage, each of its stages.
fn of_mapping(described: &Described, mapping: &Mapping) -> Result<Mapped, String> {
    let path = mapping.base_path.value.as_ref();
    let path = path.map_err(|text| {
        format!("only a deployment knows its base path `{text}`; `--map` names it")
    })?;
    let path: BasePath = path.parse()?;
    let at = |stage: Option<&str>, path: BasePath| {
        let api = Api::of(described, stage);
        api.map(|api| api.under(path))
    };
    let Some(stage) = &mapping.stage else {
        let stages = described.stages.iter().filter_map(|stage| stage.known());
        return Ok(stages
            .map(|stage| at(Some(stage), path.with_stage(stage)))
            .collect());
    };
    // A name that only a deployment knows is the first.
    Ok(vec![at(stage.known().map(String::as_str), path)])
}

fn named<'a>(name: &str, all: &'a [Described]) -> Result<&'a Described, Fault> {
    let found = all.iter().find(|api| api.name == name);
    found.ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|api| api.name.clone()).collect();
        Fault::of_the_file(format!(
            "there is no REST, HTTP or WebSocket API `{name}`; there is {}",
            listed(&names)
        ))
    })
}

/// The one that takes the same requests.
fn same_place<'a>(api: &Api, others: &'a [Api]) -> Option<&'a Api> {
    let same = |other: &&Api| {
        other.base_path() == api.base_path() && other.is_websocket() == api.is_websocket()
    };
    others.iter().find(same)
}

fn is(api: &Described, is_websocket: bool) -> bool {
    (api.kind == ApiKind::WebSocket) == is_websocket
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_a_path_an_api_and_perhaps_a_stage() {
        let read = |text: &str| text.parse::<MapTo>();
        let of = |text: &str| {
            let map = read(text).unwrap();
            (map.base_path.to_string(), map.api, map.stage)
        };
        let stage = |name: &str| Some(name.to_owned());
        for (text, (path, api, named)) in [
            ("v1=RestApi", ("/v1", "RestApi", None)),
            ("/=RestApi", ("/", "RestApi", None)),
            ("=RestApi", ("/", "RestApi", None)),
            ("a/b=Http/dev", ("/a/b", "Http", stage("dev"))),
            ("v1=Http/$default", ("/v1", "Http", stage("$default"))),
            (
                r#"v1=module.m["a/b"].aws_apigatewayv2_api.x"#,
                ("/v1", r#"module.m["a/b"].aws_apigatewayv2_api.x"#, None),
            ),
        ] {
            assert_eq!(of(text), (path.to_owned(), api.to_owned(), named), "{text}");
        }
        for text in ["v1", "v1=", "v1=/dev", "a b=Http", "../x=Http"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
