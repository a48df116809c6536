//! `server.json`, which tells the registry of MCP servers how a package is started.

use camino::Utf8Path;
use serde_json::Value;

use super::json;
use crate::init::command_line::{Asked, Line};
use crate::init::hint::{Hint, Variable};
use crate::init::repository::Repository;

/// A hint for each of its packages.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let Some((file, server)) = json(repository, folder, "server.json") else { return Vec::new() };
    // What it names elsewhere is not started from here.
    let packages = server["packages"].as_array().into_iter().flatten();
    packages.filter_map(|package| hint(&file, package)).collect()
}

fn hint(file: &str, package: &Value) -> Option<Hint> {
    let name = package["identifier"].as_str().or(package["name"].as_str())?;
    let arguments = |key: &str| package[key].as_array().into_iter().flatten().flat_map(argument);
    let image = package["registryType"] == "oci";
    let asked =
        if image { Asked::Image(name.to_owned()) } else { Asked::Published(name.to_owned()) };
    let listed = ["environmentVariables", "environment_variables"];
    let variables = listed.iter().flat_map(|key| package[*key].as_array().into_iter().flatten());
    Some(Hint {
        line: Some(Line {
            asked,
            arguments: arguments("packageArguments").collect(),
            folder: None,
        }),
        variables: variables.filter_map(variable).collect(),
        address: package["transport"]["url"].as_str().map(str::to_owned),
        ..Hint::of(file)
    })
}

/// The words of an argument: of one that may be left out, none.
fn argument(argument: &Value) -> Vec<String> {
    let value = ["value", "default", "valueHint"].iter().find_map(|key| argument[*key].as_str());
    let given = !argument["value"].is_null();
    if !given && argument["isRequired"] != true {
        return Vec::new();
    }
    let hint = argument["value"].is_null() && argument["default"].is_null();
    let value = value.map(|value| if hint { format!("<{value}>") } else { value.to_owned() });
    let name = argument["name"].as_str().filter(|_| argument["type"] == "named");
    name.map(str::to_owned).into_iter().chain(value).collect()
}

fn variable(variable: &Value) -> Option<Variable> {
    let required = variable["isRequired"] == true || variable["is_required"] == true;
    Some(Variable {
        is_required: required && variable["default"].is_null(),
        ..Variable::named(variable["name"].as_str()?)
    })
}
